#!/usr/bin/env node
// clock, a plugin of Spellbook in Node: a service, how to tell that it is ready,
// and a command that runs until it is told to end.
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

import { during, log, refuse, serve } from './serve.mjs'

const name = 'clock'

const manifest = {
  name,
  version: '1.0.0',
  api: { min: 1, max: 1 },
  summary: 'an example in Node: a service that tells the time',
  docs: '# clock\n\nAnswers on its port with the time (RFC 867).\n',
  capabilities: ['probe', 'commands'],
  services: [{ name, summary: 'tells the time', probed: true }],
  variables: [
    { name: 'CLOCK_IMAGE', summary: 'its image', type: 'string', default: 'busybox:1.37' },
    { name: 'CLOCK_PORT', summary: 'its port on this machine', type: 'port', default: '13013' },
  ],
  endpoints: [{ name, service: name, port: 13, scheme: 'tcp' }],
  commands: [
    {
      name: 'ticks',
      summary: 'prints the time until it is interrupted',
      endless: true,
      flags: [{ name: 'every', summary: 'the pause between two ticks', type: 'FLAG_TYPE_INT', default: '1' }],
    },
  ],
}

const fragment = `services:
  clock:
    image: \${CLOCK_IMAGE:-busybox:1.37}
    command: [nc, -lk, -p, "13", -e, date]
    ports: ["127.0.0.1:\${CLOCK_PORT:-13013}:13"]
`

serve(name, {
  Describe: (_, answer) => answer(null, { manifest }),
  Render: (_, answer) => answer(null, { fragment: Buffer.from(fragment) }),
  Probe: probe,
  Invoke: invoke,
})

// probe is one attempt to read the time.
async function probe(call, answer) {
  const { run, service } = call.request
  if (!run) return answer(refuse('INVALID_ARGUMENT', 'the request has no run'))
  if (service !== name) return answer(refuse('NOT_FOUND', `${name} has no service ${JSON.stringify(service)}`))
  try {
    const time = await during(call, run, (signal) => read(run.endpoints[name], signal))
    answer(null, { readiness: 'READINESS_READY', detail: time.trim() })
  } catch (err) {
    if (err.message === 'CANCELLED') return answer(refuse('CANCELLED', 'the host cancelled the probe'))
    answer(null, { readiness: 'READINESS_NOT_YET', reason: err.message })
  }
}

// read gives what an address says.
function read(address, signal) {
  return new Promise((resolve, reject) => {
    if (!address) return reject(new Error('its port is not published'))
    const at = address.lastIndexOf(':')
    const socket = connect(Number(address.slice(at + 1)), address.slice(0, at))
    const stop = () => socket.destroy(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    let text = ''
    socket.setEncoding('utf8').on('data', (data) => (text += data))
    socket.on('error', reject).on('end', () => (text ? resolve(text) : reject(new Error('it said nothing'))))
    socket.on('close', () => signal.removeEventListener('abort', stop))
  })
}

// invoke runs a command: the first message starts it, a signal ends it.
function invoke(call) {
  let stop
  const refused = (code, details) => {
    call.removeAllListeners('data')
    call.emit('error', refuse(code, details))
  }
  call.on('end', () => stop || refused('INVALID_ARGUMENT', 'there is no start'))
  call.on('data', ({ start, signal }) => {
    if (signal && stop) return stop(new Error('CANCELLED'))
    if (stop) return // input, which ticks does not read
    if (!start?.run) return refused('INVALID_ARGUMENT', 'the first message is no start with a run')
    if (start.command !== 'ticks') return refused('NOT_FOUND', `${name} has no command ${JSON.stringify(start.command)}`)
    stop = () => {}
    during(call, start.run, (ended, abort) => {
      stop = abort
      return ticks(call, Number(start.flags.every ?? 1), ended)
    }).catch((err) => result(call, 130, { code: err.message, summary: 'the command was ended' }))
  })
}

async function ticks(call, seconds, signal) {
  log('info', 'ticking', { every: `${seconds} s` })
  for (;;) {
    write(call, `${new Date().toISOString()}\n`)
    await pause(seconds * 1000, undefined, { signal }).catch(() => {
      throw signal.reason
    })
  }
}

const write = (call, text) => call.write({ event: { output: { stream: 'STREAM_STDOUT', data: Buffer.from(text) } } })

function result(call, exit_code, diagnostic) {
  call.write({ event: { result: { exit_code, diagnostics: [{ severity: 'SEVERITY_ERROR', ...diagnostic }] } } })
  call.end()
}
