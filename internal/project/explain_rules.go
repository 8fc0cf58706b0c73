package project

// rules are tried in order. Source of the wordings: compose-go 2.16, the
// packages loader, schema, interpolation, dotenv, graph, cli and types; the
// golden files in testdata/explain hold them to what it says today.
func rules() []rule {
	const name = `"?([^\s":]+)"?`
	return []rule{
		on(`.*required variable (\w+) is missing a value(?:: (.*))?`, missingVariable),
		on(`invalid interpolation format for (\S+)\.\n.*`, badInterpolation),
		on(`error while interpolating (\S+): failed to cast to expected type: (.*)`, badCast),
		on(`(?:failed to parse (.+?): )?(?:yaml|go-yaml).*`, badYAML),
		on(`empty compose file`, emptyFile),
		on(`no service is defined`, noServices),

		on(`validating (.+?): (\S*?) ?(?:false schema|additional properties (.*) not allowed)`, unknownKey),
		on(`validating (.+?): (\S+) must be an? (.+)`, wrongType),
		on(`validating (.+?): (\S+) value must be one of (.+)`, notOneOf),
		on(`validating (.+?): (\S+) '(.*)' does not match pattern '(.*)'`, badPattern),
		on(`validating (.+?): (\S+) (.+)`, otherValue),
		on(`()(\S+) must be a (mapping)`, wrongType),
		on(`cannot override (\S+)`, badOverride),

		on(`'(\S+)' (?:time: )?(?:.*)duration "(.*)"`, badDuration),
		on(`'(\S+)' (.+)`, badDecoding),
		on(`(invalid (?:hostPort|containerPort|proto|IP address|range|port).*|.*ranges don't match.*|no port specified.*)`, badPort),
		on(`invalid spec: (.*): (.+)`, badVolume),
		on(`healthcheck\.test must start .*`, badHealthcheck),
		on(`invalid project name "(.*)": .*`, badName),
		on(`project name must not be empty`, noName),

		on(`dependency cycle detected: (.+)`, cycle),
		on(`include cycle detected:\n(.+)`, includeCycle),
		on(`Circular reference:\n(.+)`, extendsCycle),
		on(`(?:service|job) `+name+` depends on undefined service(?: or job)? `+name+`.*`, undefinedService),
		on(`service `+name+` not found for network_mode.*`, undefinedMode),
		on(`service `+name+` refers to undefined (build secret|\w+) `+name+`: .*`, undefined),
		on(`cannot extend service `+name+` in (.+): service `+name+` not found.*`, noBase),
		on(`service `+name+` has neither an image nor a build context.*`, noImage),

		on(`services\.(\w+): can't set container_name and (\S+) as .*`, namedTwice),

		on(`failed to read (.+?): .*is a directory`, directory),
		on(`failed to read (.+?): (.*)`, badEnvFile),
		on(`(?:env|label) file (.+) not found.*`, missingFile),
		on(`couldn't (?:find|read) env file: (.+)`, missingFile),
		on(`(?:open|stat|read) (.+): no such file or directory`, missingFile),
		on(`(?:open|read) (.+): permission denied`, unreadable),
		on(`(.+) is (?:a directory|not a file)`, directory),

		on(`(secrets?|configs?|volumes?|networks?) "?([^\s":.]+)"? (.+?)(?:: invalid compose project)?`, resourceMessage),
		on(`service "?([^\s"]+)"? (.+?)(?:: invalid compose project)?`, serviceMessage),
		on(`([\w-]+(?:\.\S+|\[\S+))[:,]? (.+?)(?:: invalid compose project)?`, pathMessage),
	}
}
