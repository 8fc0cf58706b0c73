package process

import (
	"fmt"
	"os/exec" //nolint:depguard // see child.go
	"sync"
	"unsafe"

	"golang.org/x/sys/windows"
)

// group is a job object that dies with its last handle, which is the host's: the
// kernel ends everything in it. There is no lifeline.
type group struct {
	mu     sync.Mutex
	job    windows.Handle
	closed bool
}

func newGroup(string) (*group, error) {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return nil, fmt.Errorf("create job object: %w", err)
	}
	limits := windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{}
	limits.BasicLimitInformation.LimitFlags = windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
	size := uint32(unsafe.Sizeof(limits))
	if _, err := windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation, uintptr(unsafe.Pointer(&limits)), size); err != nil {
		_ = windows.CloseHandle(job)
		return nil, fmt.Errorf("limit job object: %w", err)
	}
	return &group{job: job}, nil
}

// start runs cmd and puts it into the job; what it starts before that is outside.
func (g *group) start(cmd *exec.Cmd, id *identity) error {
	if id != nil {
		cmd.Env = append(cmd.Env, "PLUGIN_CLIENT_CERT="+string(id.clientPEM))
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	if err := g.assign(uint32(cmd.Process.Pid)); err != nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		return fmt.Errorf("assign process to job object: %w", err)
	}
	return nil
}

func (g *group) assign(pid uint32) error {
	process, err := windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false, pid)
	if err != nil {
		return err
	}
	defer func() { _ = windows.CloseHandle(process) }()
	return windows.AssignProcessToJobObject(g.job, process)
}

func (g *group) kill() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.closed {
		_ = windows.TerminateJobObject(g.job, 1)
	}
}

func (g *group) close() {
	g.kill()
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.closed {
		g.closed = true
		_ = windows.CloseHandle(g.job)
	}
}

// isBusy: Windows does not let anybody write what runs.
func isBusy(error) bool { return false }
