package task

import "sync"

// defined are the tasks of the magefile in this process. A magefile says them in its
// init function, before there is a run that they could be handed to.
var defined struct {
	sync.Mutex
	tasks []*Task
}

// Define adds a task of the magefile, which nobody changes any more.
func Define(t *Task) {
	defined.Lock()
	defer defined.Unlock()
	defined.tasks = append(defined.tasks, t)
}

// Defined are the tasks of the magefile, in the order in which they were defined, with
// whatever mistakes they have.
func Defined() []Task {
	defined.Lock()
	defer defined.Unlock()
	tasks := make([]Task, len(defined.tasks))
	for i, t := range defined.tasks {
		tasks[i] = *t
	}
	return tasks
}
