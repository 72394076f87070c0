// Package exception is what an admin has granted or denied for a time, beside the
// rules: a contractor who is in no directory, an incident. It is values only: the
// journal stores them, assign and identity obey them, and explain shows them.
//
// What an exception means:
//
//   - A grant gives a role in one organization until its end. It stands above the
//     rules: its role replaces theirs. At its end the rules decide alone, so the
//     membership is removed, or gets the role of the rules again. The roles_mode of a
//     rule does not protect a role that a grant gave (S27).
//   - A deny takes the memberships of a person in one organization, or in all, and
//     keeps the person out until its end. A deny stands above a grant. sync.protect
//     stands above a deny (S19), and members without our marker are left alone (S26).
//   - The person is an entry of a source, by its id (S01), or an account in Clerk that
//     is in no source. A grant for an entry ends with the entry: a leaver or a disabled
//     account has none. A grant for an account marks the membership with the source
//     [Source], which no configuration can use, and with the id of the account.
//   - A deny of an entry is also about entries of other sources with the same account, or
//     without one the same address. A row without an id takes no grant from an account.
//   - A grant feeds no organization (S15): it counts only where a rule or a row leads
//     today. So it lifts no hold, and a rule that is gone stays visible.
//   - An exception ends by the clock, when a run whose clock is right sees that its end
//     has passed (S28). A wrong clock ends none, and adds nobody by one. A deny is in
//     force until then. What has ended never begins again.
//   - The changes go through the guards like any other (S17), and can be undone. An undo
//     that takes back what a grant gave ends the grant; otherwise the next run would
//     give it again (S25).
//   - If a source cannot be read, what a grant gave to its people stays (S14).
package exception
