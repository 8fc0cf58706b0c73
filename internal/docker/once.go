package docker

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/client"
)

// Once is a command that runs as root in a container of its own, without a
// network, which the engine removes when it ends.
type Once struct {
	Image   string
	Argv    []string
	Volumes []Mount
	Labels  map[string]string
	// Lingers is for who does not wait until the container is gone, and has its
	// volumes in use until then.
	Lingers bool
}

// Mount has a volume, by its name on the engine, at a path.
type Mount struct {
	Name, Path string
	ReadOnly   bool
}

// RunOnce runs it to its end; output is both streams, code its exit code. An
// image that has no such program is an error, of which NoProgram knows.
func (c *Client) RunOnce(ctx context.Context, o Once) (code int, output string, err error) {
	// A container whose network is "none" has the engine run itself once more to set that
	// up, which takes longer than all the rest of its start.
	root := &container.HostConfig{NetworkMode: "none", AutoRemove: true}
	for _, v := range o.Volumes {
		root.Mounts = append(root.Mounts, mount.Mount{Type: mount.TypeVolume, Source: v.Name, Target: v.Path, ReadOnly: v.ReadOnly,
			VolumeOptions: &mount.VolumeOptions{NoCopy: true}})
	}
	made, err := c.api.ContainerCreate(ctx, client.ContainerCreateOptions{HostConfig: root, Config: &container.Config{Image: o.Image, User: "0:0",
		Entrypoint: o.Argv[:1], Cmd: o.Argv[1:], WorkingDir: "/", NetworkDisabled: true, Labels: o.Labels, Healthcheck: &container.HealthConfig{Test: []string{"NONE"}}}})
	if err != nil {
		return -1, "", c.explain(fmt.Sprintf("run %s of image %q", o.Argv[0], o.Image), err)
	}
	until := container.WaitConditionRemoved
	if o.Lingers {
		until = container.WaitConditionNextExit
	}
	code, output, err = c.runMade(ctx, made.ID, until)
	if err != nil {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		_ = c.Remove(last, made.ID, true)
		return -1, output, c.explain(fmt.Sprintf("run %s of image %q", o.Argv[0], o.Image), err)
	}
	return code, output, nil
}

func (c *Client) runMade(ctx context.Context, id string, until container.WaitCondition) (int, string, error) {
	conn, err := c.api.ContainerAttach(ctx, id, client.ContainerAttachOptions{Stream: true, Stdout: true, Stderr: true})
	if err != nil {
		return -1, "", err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, conn.Close)()
	ended := c.api.ContainerWait(ctx, id, client.ContainerWaitOptions{Condition: until})
	if _, err := c.api.ContainerStart(ctx, id, client.ContainerStartOptions{}); err != nil {
		return -1, "", err
	}
	var out bytes.Buffer
	_, err = stdcopy.StdCopy(&out, &out, io.Reader(conn.Reader))
	select {
	case got := <-ended.Result:
		return int(got.StatusCode), out.String(), nil
	case waited := <-ended.Error:
		if err == nil {
			err = waited
		}
		return -1, out.String(), err
	}
}

// NoProgram reports whether a command was not run because its image has no such
// program.
func NoProgram(err error) bool {
	return err != nil && (strings.Contains(err.Error(), "executable file not found") || strings.Contains(err.Error(), "no such file or directory: unknown"))
}

// Volume is one of the engine's volumes.
type Volume struct {
	Name    string
	Labels  map[string]string
	Created time.Time
}

// LabelledVolumes are those with a label, NAME or NAME=VALUE.
func (c *Client) LabelledVolumes(ctx context.Context, label string) ([]Volume, error) {
	got, err := c.api.VolumeList(ctx, client.VolumeListOptions{Filters: make(client.Filters).Add("label", label)})
	if err != nil {
		return nil, c.explain("list volumes", err)
	}
	var list []Volume
	for _, v := range got.Items {
		made, _ := time.Parse(time.RFC3339, v.CreatedAt)
		list = append(list, Volume{Name: v.Name, Labels: v.Labels, Created: made})
	}
	return list, nil
}

// MakeLabelledVolume makes a volume and returns its labels: those of one that was
// there before are what they were.
func (c *Client) MakeLabelledVolume(ctx context.Context, name string, labels map[string]string) (map[string]string, error) {
	got, err := c.api.VolumeCreate(ctx, client.VolumeCreateOptions{Name: name, Labels: labels})
	if err != nil {
		return nil, c.explain(fmt.Sprintf("make volume %q", name), err)
	}
	return got.Volume.Labels, nil
}
