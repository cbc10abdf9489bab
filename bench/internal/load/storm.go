package load

import (
	"context"
	"errors"
)

// Storm runs the plan. It blocks; cancelling ctx ends it at once with what was measured and ctx's error.
func Storm(ctx context.Context, p StormPlan, w Window) (Report, error) {
	return Report{}, errors.New("skeleton")
}
