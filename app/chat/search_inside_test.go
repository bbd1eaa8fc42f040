package chat

// SearchSQL is the query of a search as the database gets it.
func (s *Store) SearchSQL(viewer *User, query string) string { return s.search(viewer, query).String() }
