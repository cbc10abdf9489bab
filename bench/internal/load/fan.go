package load

import (
	"context"
	"errors"
)

// Fan runs the plan. It blocks; cancelling ctx ends it at once with what was measured and ctx's error.
func Fan(ctx context.Context, p FanPlan, w Window) (Report, error) { return Report{}, errors.New("skeleton") }
