// Package plantest lists the actions, for tests that hold for all of them. It
// may import plan alone.
package plantest

import "github.com/infinitescribe/spellbook/internal/plan"

// Actions are one of each type; a test in internal/arch compares the list with
// what package plan declares.
func Actions() []plan.Action {
	return []plan.Action{
		plan.PullImage{}, plan.BuildImage{}, plan.TagImage{}, plan.PushImage{},
		plan.Compose{}, plan.StartContainers{}, plan.StopContainers{}, plan.RenameContainer{}, plan.AwaitReady{}, plan.AwaitExit{},
		plan.RemoveContainers{}, plan.RemoveNetwork{}, plan.RemoveVolumes{}, plan.RemoveImages{}, plan.RemovePaths{},
		plan.CallHook{}, plan.Record{},
		plan.SendImage{}, plan.SendFiles{}, plan.WriteRelease{}, plan.WriteGateway{}, plan.MakeVolumes{}, plan.SetRestart{}, plan.JoinNetworks{},
		plan.SwitchTraffic{}, plan.WatchRelease{}, plan.DrainTraffic{}, plan.KeepLogs{}, plan.RemoveRelease{},
		plan.SetMaintenance{}, plan.ReplaceCertificate{}, plan.RunOnServer{},
		plan.DumpDatabase{}, plan.ImportDatabase{}, plan.FillVolumes{},
	}
}
