package db

import "context"

// Fits reports whether the schema is at least the one that this binary knows: so it is after the next release has
// migrated, and no more once an older backup was restored, or a newer release has taken away what this one needs. It
// is cheap and takes no lock.
func (d *DB) Fits(ctx context.Context) (bool, error) {
	ours, err := d.ours()
	if err != nil {
		return false, err
	}
	rivers, err := d.rivers()
	if err != nil {
		return false, err
	}
	sources, versions := ours.ListSources(), rivers.AllVersions()
	known := sources[len(sources)-1].Version
	var fits bool
	err = d.reader.QueryRowContext(ctx, `SELECT (SELECT max(version_id) FROM goose_db_version WHERE is_applied) >= ?
		AND (SELECT max(version) FROM river_migration) >= ?
		AND NOT EXISTS (SELECT 1 FROM meta WHERE name = 'oldest_schema' AND CAST(value AS bigint) > ?)`,
		known, versions[len(versions)-1].Version, known).Scan(&fits)
	return fits, err
}
