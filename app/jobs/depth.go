package jobs

import (
	"context"

	"github.com/riverqueue/river/rivertype"
	"github.com/uptrace/bun"
)

// Depth is how many jobs are in a state, in one queue.
type Depth struct {
	Queue, State string
	Jobs         int
}

// atMost is how many jobs are counted: a look at a queue that has run full shall cost it nothing.
const atMost = 100_000

// Depths counts the unfinished jobs of each queue and state, including zero.
func (j *Jobs) Depths(ctx context.Context) ([]Depth, error) {
	states := []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStateScheduled, rivertype.JobStateRetryable, rivertype.JobStateRunning,
		rivertype.JobStateDiscarded, rivertype.JobStateCancelled,
	}
	var found []Depth
	some := j.DB.Read().NewSelect().Table("river_job").Column("queue", "state").Where("state IN (?)", bun.List(states)).Limit(atMost)
	err := j.DB.Read().NewSelect().TableExpr("(?) AS waiting", some).Column("queue", "state").ColumnExpr("count(*) AS jobs").
		Group("queue", "state").Scan(ctx, &found)
	if err != nil {
		return nil, err
	}
	var depths []Depth
	for _, queue := range []string{quickQueue, imageQueue, slowQueue} {
		for _, state := range states {
			depth := Depth{Queue: queue, State: string(state)}
			for _, f := range found {
				if f.Queue == depth.Queue && f.State == depth.State {
					depth.Jobs = f.Jobs
				}
			}
			depths = append(depths, depth)
		}
	}
	return depths, nil
}
