package main

// about is what a reader must know to judge the figures.
const about = `## The fixture

` + "`" + fixture + "`" + ` holds a stack of 12 services, three levels deep: PostgreSQL, Neo4j, Redis, Kafka, Maildev, etcd,
MinIO, Milvus (after etcd and MinIO), a migration of Prefect (after PostgreSQL, runs once), Prefect (after the
migration), an API gateway (after PostgreSQL and Redis) and an agent (after the gateway and Kafka). Each is
` + "`test/fixture/service`" + `, a server of a few lines that listens after 1 to 7 s and no sooner, in one image; no image is
pulled or built in a measured run. Real services take longer and vary more: what is compared here is how long it
takes to notice that they are ready.

Every health check has an interval of 10 s, but etcd, MinIO and Milvus have 30 s as in the Compose file that Milvus
publishes. The second variant gives these three 10 s as well, which is kinder to Compose. No check has a
` + "`start_interval`" + `: the engine ignores it before version 25, and the files that the fixture imitates have none. With one,
on such an engine, ` + "`docker compose up --wait`" + ` waits less than it does here.

The model is made by the benchmark: chains of ten services with conditions, health checks, variables, labels, limits,
published ports, volumes and networks, in one Compose file. The schedules are plans whose steps do nothing.

The plugins are Spellbook's own five, on the lab's images. The builds are those of ` + "`apps/backend`" + ` on the lab's images, by
the builder of the engine named above.

A deployment goes to a server of the lab: a container of this engine with sshd and an engine of its own, so both share this
machine's cores and disk. Where a line of 100 Mbit/s is named, ` + "`tc`" + ` limits what goes to the server, on this machine's end of its network.

## How to reproduce

On a machine with Docker, Compose and Go (` + "`scripts/quickstart.sh`" + ` installs them on a bare Debian, and builds the lab's
images; ` + "`scripts/lab/images.sh`" + ` builds the images alone, and with the words ` + "`plugins`" + `, ` + "`build`" + ` and ` + "`deploy`" + `
those of the plugins, of the builds and of deployments):

` + "```sh" + `
scripts/mage bench                      # everything, and writes this document
scripts/mage bench -rounds=5            # more cold starts
scripts/mage bench -only=noop,status    # these parts only; the others stay in the document as they are
scripts/mage bench -only=transfers,shipping,memory,load,cuts    # deployments; the last two take an hour or more
` + "```" + `

The sources are copied to the user's cache directory first and everything runs there, so an edit of the sources
meanwhile changes nothing. The exit code is 1 when a bound does not hold; the document is written all the same.
Nothing else should run on the machine: the load before and after is said of each part.
`
