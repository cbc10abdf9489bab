package load

import (
	"context"
	"errors"
)

// Echo runs the plan. It blocks; cancelling ctx ends it at once with what was measured and ctx's error.
func Echo(ctx context.Context, p EchoPlan, w Window) (Report, error) { return Report{}, errors.New("skeleton") }
