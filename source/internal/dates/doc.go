// Package dates reads the dates that a CSV file or a directory holds, in the
// time zone and the form that the configuration declares (S28). csvfile and
// ldap use it. It imports package source for the first moment of a day, and
// check for the problems of the configuration.
package dates
