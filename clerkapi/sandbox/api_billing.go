package sandbox

import (
	"cmp"
	"net/http"
	"strconv"
)

// getSubscription answers GET
// /organizations/{organization_id}/billing/subscription.
func getSubscription(c *call) *failure {
	o, f := c.organization()
	if f != nil {
		return f
	}
	s := o.subscription()
	if s == nil {
		return refuse(http.StatusNotFound, "resource_not_found", "the organization has no subscription")
	}
	times := timestamps{o.CreatedAt, o.CreatedAt}
	object := subscriptionObject{
		Object: "commerce_subscription", ID: "csub_" + o.ID, InstanceID: c.instance.ID, Status: cmp.Or(s.Status, statusActive),
		PayerID: "payer_" + o.ID, ActiveAt: &o.CreatedAt, Items: []itemObject{}, timestamps: times,
	}
	for i, item := range s.Items {
		object.Items = append(object.Items, itemObject{
			Object: "commerce_subscription_item", ID: "csubitem_" + o.ID + "_" + strconv.Itoa(i), InstanceID: c.instance.ID,
			Status: cmp.Or(item.Status, statusActive), PlanID: "cplan_sandbox", Period: "month", PayerID: object.PayerID,
			PeriodStart: o.CreatedAt, Seats: item.Seats,
		})
	}
	return c.answer(object)
}

type subscriptionObject struct {
	Object     string       `json:"object"`
	ID         string       `json:"id"`
	InstanceID string       `json:"instance_id"`
	Status     string       `json:"status"`
	PayerID    string       `json:"payer_id"`
	ActiveAt   *int64       `json:"active_at"`
	PastDueAt  alwaysNull   `json:"past_due_at"`
	Items      []itemObject `json:"subscription_items"`
	timestamps
}

type itemObject struct {
	Object      string     `json:"object"`
	ID          string     `json:"id"`
	InstanceID  string     `json:"instance_id"`
	Status      string     `json:"status"`
	PlanID      string     `json:"plan_id"`
	Period      string     `json:"plan_period"`
	PayerID     string     `json:"payer_id"`
	FreeTrial   bool       `json:"is_free_trial"`
	PeriodStart int64      `json:"period_start"`
	PeriodEnd   alwaysNull `json:"period_end"`
	CanceledAt  alwaysNull `json:"canceled_at"`
	PastDueAt   alwaysNull `json:"past_due_at"`
	EndedAt     alwaysNull `json:"ended_at"`
	Seats       *ItemSeats `json:"seats"`
}
