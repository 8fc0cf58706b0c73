package plan

// DumpDatabase writes all that is in a service's database to a file, whole or not
// at all.
type DumpDatabase struct {
	step

	Service string
	Path    string // of this machine, or of the server that is deployed to
}

// ImportDatabase loads a dump into a service's database, whole or not at all.
type ImportDatabase struct {
	step

	Service string
	Path    string
	Replace bool // what is in the database goes first
}

// Kind is dump_database.
func (DumpDatabase) Kind() string { return "dump_database" }

// Verb is to dump.
func (DumpDatabase) Verb() Verb { return Verb{Doing: "dumping", Done: "dumped"} }

// Object is the database.
func (a DumpDatabase) Object() Object { return Object{Noun: "database", Names: []string{a.Path}} }

// Kind is import_database.
func (ImportDatabase) Kind() string { return "import_database" }

// Verb is to import.
func (ImportDatabase) Verb() Verb { return Verb{Doing: "importing", Done: "imported"} }

// Object is the database.
func (a ImportDatabase) Object() Object { return Object{Noun: "database", Names: []string{a.Path}} }

// Describe says what becomes of what is there.
func (a ImportDatabase) Describe() string {
	if a.Replace {
		return "in place of what is there"
	}
	return ""
}
