package wire

import "errors"

// Subscription is CommerceSubscription of the contract, reduced to its seats.
type Subscription struct {
	ID    string             `json:"id"`
	Items []SubscriptionItem `json:"subscription_items"`
}

// SubscriptionItem is CommerceSubscriptionItem of the contract. Seats is nil for
// a plan that is not billed by seats. A nil quantity is unlimited.
type SubscriptionItem struct {
	Status string `json:"status"`
	Seats  *struct {
		Quantity *int64 `json:"quantity"`
	} `json:"seats"`
}

// Check reports a subscription without its items: absent is unknown, not none.
func (w *Subscription) Check() error {
	if w.ID == "" || w.Items == nil {
		return errors.New("a subscription has no id or no items")
	}
	for i := range w.Items {
		if s := w.Items[i].Seats; w.Items[i].Status == "" || s != nil && s.Quantity != nil && (*s.Quantity < 0 || *s.Quantity > maxTotal) {
			return errors.New("a subscription item has no status, or an impossible number of seats")
		}
	}
	return nil
}
