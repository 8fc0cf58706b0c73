package serverlock

// What runs on the server, in dash, bash and busybox alike, with `mv -T` as the
// one thing that POSIX does not have: it is rename(2), which puts a directory in
// no full one's place, so that of two who try, one gets it. A lock is never there
// without its holder's words. Time is /proc/uptime: the server's own, which
// nobody sets, and one look of the shell itself.
//
// The lock is the directory lock below .spellbook of the project's directory; in
// it holder has four lines (id, boot of the server, begun in seconds of its clock,
// JSON), and beat the time of the last line that came from the other side.

// look reads who holds the lock: nothing where nobody does.
const look = `
umask 077
now() { read -r up _ </proc/uptime; up=${up%.*}; }
look() {
	id= boot= begun= who= beat=
	{ read -r id; read -r boot; read -r begun; read -r who; } 2>/dev/null <lock/holder
	read -r beat 2>/dev/null <lock/beat
	[ "$id" ] && [ "$who" ] || return 1
	now
	age=$((up - ${beat:-$up}))
	old=
	if [ "$boot" != "$here" ]; then old=rebooted age=-1; elif [ "$age" -gt 30 ]; then old=silent; fi
}
say() { printf "%s %s %s %s %s\n" "$1" "${old:-alive}" "$age" "$begun" "$who"; }
# take puts the lock that was looked at aside, under a name that nobody else can
# give another one: who comes late moves nothing. What was put aside before goes.
take() {
	mv -T lock "broken.$id" 2>/dev/null || return 1
	for other in broken.*; do [ "$other" = "broken.$id" ] || rm -rf "$other"; done
}
read -r here </proc/sys/kernel/random/boot_id
cd "$1" || exit
`

// show says who holds the lock.
const show = look + `
cd .spellbook 2>/dev/null && look && say held
exit 0
`

// remove takes the lock away from a holder who is silent, or with $2 from any.
const remove = look + `
cd .spellbook 2>/dev/null && look || exit 0
if [ "$old$2" ]; then take && say broken; else say held; fi
exit 0
`

// hold takes the lock for $2, who is $3, waits for it where $4 says so, and lets
// go at the end of its input, or when no line has come for 10 seconds.
const hold = look + `
mkdir -p .spellbook && cd .spellbook || exit
mine=$2 me=new.$2 silent=0 ticked=
leave() {
	trap "" USR1 HUP INT PIPE TERM
	read -r id 2>/dev/null <lock/holder
	[ "$id" = "$mine" ] && mv -T lock "$me"
	rm -rf "$me"
	kill "$clock"
	exit 0
} 2>/dev/null
tick() { ticked=1 silent=$((silent + 1)); [ "$silent" -lt 5 ] || leave; }
trap tick USR1
trap leave HUP INT PIPE TERM
while sleep 2; do kill -USR1 $$ || exit; done </dev/null >/dev/null 2>&1 &
clock=$!
# line waits for one; what else ends a read is a tick, or the end.
line() {
	until read -r _; do
		[ "$ticked" ] || leave
		ticked=
	done
	silent=0
}
mkdir "$me" && printf "%s\n%s\n%s\n%s\n" "$mine" "$here" "$(date +%s)" "$3" >"$me/holder" || exit
told= failed=0
while now; echo "$up" >"$me/beat"; ! mv -T "$me" lock 2>/dev/null; do
	if ! look; then
		failed=$((failed + 1))
		[ "$failed" -lt 5 ] || { rm -rf "$me"; mv -T "$me" lock; exit 1; }
	elif [ "$old" ]; then
		take && say broken
		continue
	elif [ -z "$4" ]; then
		say held
		leave
	elif [ "$told" != "$id" ]; then
		told=$id
		say held
	fi
	line
done
echo got
while line; do
	read -r id 2>/dev/null <lock/holder || id=
	[ "$id" = "$mine" ] || { echo lost; leave; }
	now
	echo "$up" >lock/beat
done
`
