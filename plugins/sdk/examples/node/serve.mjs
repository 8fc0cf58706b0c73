// What plugins/sdk does for plugins in Go, for one in Node: the handshake of
// hashicorp/go-plugin, the ways to end, runs that can be cancelled. It makes no
// certificate, as AutoMTLS asks; it serves with the one that the host has made.
import { readFileSync, rmSync, rmdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

// By require, because grpc-js is CommonJS.
const require = createRequire(import.meta.url)
const grpc = require('@grpc/grpc-js')
const loader = require('@grpc/proto-loader')

const here = dirname(fileURLToPath(import.meta.url))
// The contract of this repository; a plugin elsewhere has a copy.
const contract = join(here, '..', '..', 'proto')
const cookie = 'spellbook.plugin.v1'
const largest = 64 << 20
const answerTime = 100 // ms before the host's deadline

const empty = (_, answer) => answer(null, {})

// serve speaks to the host until that is done or gone. author has a method of
// the contract each; those that it lacks are answered with UNIMPLEMENTED.
export function serve(name, author) {
  if (process.env.SPELLBOOK_PLUGIN !== cookie) {
    process.stderr.write(`${name} is a plugin of Spellbook: enable it with \`mage plugin:enable ${name}\`\n`)
    process.exit(2)
  }
  const directory = process.env.PLUGIN_UNIX_SOCKET_DIR
  const server = new grpc.Server({
    'grpc.max_receive_message_length': largest,
    'grpc.max_send_message_length': largest,
  })
  const { spellbook, plugin, grpc: health } = load()
  server.addService(spellbook.plugin.v1.PluginService.service, { Cancel: cancel, ...author })
  server.addService(health.health.v1.Health.service, { Check: (_, answer) => answer(null, { status: 'SERVING' }) })
  server.addService(plugin.GRPCController.service, {
    Shutdown: (call, answer) => {
      empty(call, answer)
      server.tryShutdown(() => end(directory))
      setTimeout(() => end(directory), 200).unref()
    },
  })
  followHost(directory)

  const socket = socketIn(directory)
  server.bindAsync(`unix:${socket}`, credentials(), (err) => {
    if (err) throw err
    process.stdout.write(`1|1|unix|${socket}|grpc\n`)
    console.log = console.info = console.error // nothing on stdout has meaning from here on
  })
}

const socketIn = (directory) => join(directory, `plugin${process.pid}`)

function load() {
  const files = [join(contract, 'spellbook', 'plugin', 'v1', 'plugin.proto'), 'go-plugin.proto', 'health.proto']
  const definition = loader.loadSync(files, {
    includeDirs: [contract, join(here, 'proto')],
    keepCase: true,
    enums: String,
    longs: Number,
    oneofs: true,
    defaults: true,
  })
  return grpc.loadPackageDefinition(definition)
}

// credentials are of the certificate and key in the descriptor that the host
// names; only the host's own certificate may connect.
function credentials() {
  const fd = Number(process.env.SPELLBOOK_TLS)
  if (!fd) return grpc.ServerCredentials.createInsecure()
  const pem = readFileSync(fd)
  const host = Buffer.from(process.env.PLUGIN_CLIENT_CERT)
  return grpc.ServerCredentials.createSsl(host, [{ private_key: pem, cert_chain: pem }], true)
}

// followHost ends the process when the other end of the lifeline closes: the
// host is gone, in whatever way.
function followHost(directory) {
  process.on('SIGTERM', () => end(directory))
  process.on('SIGINT', () => {}) // a terminal's, meant for the host
  const fd = Number(process.env.SPELLBOOK_LIFELINE)
  if (!fd) return
  const lifeline = new Socket({ fd, readable: true, writable: false })
  lifeline.on('close', () => end(directory)).on('error', () => end(directory))
  lifeline.resume()
}

function end(directory) {
  for (const run of runs.values()) run.forEach((one) => one.abort())
  rmSync(socketIn(directory), { force: true })
  try {
    rmdirSync(directory)
  } catch {
    // The host has put something else there: then it is the host's to remove.
  }
  process.exit(0)
}

// runs are the controllers of the calls under way, by the id of their run.
const runs = new Map()

function cancel(call, answer) {
  for (const one of runs.get(call.request.run_id) ?? []) one.abort(new Error('CANCELLED'))
  answer(null, {})
}

// during gives work a signal that ends with its run, at its deadline, or with
// the call.
export async function during(call, run, work) {
  const controller = new AbortController()
  const own = runs.get(run.id) ?? new Set()
  runs.set(run.id, own.add(controller))
  const left = run.deadline ? run.deadline.seconds * 1000 + run.deadline.nanos / 1e6 - Date.now() : 2 ** 31 - 1
  const timer = setTimeout(() => controller.abort(new Error('DEADLINE_EXCEEDED')), Math.max(left - answerTime, 0))
  call.on('cancelled', () => controller.abort(new Error('CANCELLED')))
  try {
    return await work(controller.signal, (reason) => controller.abort(reason))
  } finally {
    clearTimeout(timer)
    own.delete(controller)
    if (own.size === 0) runs.delete(run.id)
  }
}

// refuse answers a request that cannot be one.
export const refuse = (code, details) => Object.assign(new Error(details), { code: grpc.status[code], details })

// log writes a line whose level and name the host keeps.
export function log(level, message, fields = {}) {
  const line = { '@level': level, '@message': message, '@timestamp': new Date().toISOString().replace('Z', '000Z'), ...fields }
  process.stderr.write(`${JSON.stringify(line)}\n`)
}
