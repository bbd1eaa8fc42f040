package jobs

import "context"

// Depth is how many jobs are in a state, in one queue.
type Depth struct {
	Queue, State string
	Jobs         int
}

// Depths counts the jobs that are in the database. Those that are done go after some minutes.
func (j *Jobs) Depths(ctx context.Context) (depths []Depth, err error) {
	err = j.DB.Read().NewSelect().Table("river_job").Column("queue", "state").ColumnExpr("count(*) AS jobs").
		Group("queue", "state").Scan(ctx, &depths)
	return depths, err
}
