// What supabase-js, as it is published, does with Realtime behind the gateway.
// Reads {url, publishable, topic} from stdin, says "ready" when the database may send to the topic,
// and prints what it saw as one JSON object.

import { readFileSync } from 'node:fs'
import { createClient } from '@supabase/supabase-js'
import ws from 'ws'

const { url, publishable, topic } = JSON.parse(readFileSync(0, 'utf8'))
const password = 'correct horse battery'
const seen = {}

async function signedUp() {
  const client = createClient(url, publishable, {
    auth: { autoRefreshToken: false, persistSession: false },
    realtime: { transport: ws },
  })
  const { error } = await client.auth.signUp({ email: `${crypto.randomUUID()}@example.com`, password })
  if (error) throw error
  return client
}

// A list that can be waited for: next(predicate) gives the first item that matches.
function inbox() {
  const items = []
  const waiting = []
  return {
    items,
    put(item) {
      items.push(item)
      for (const check of waiting) check()
    },
    next(matches) {
      return new Promise((resolve) => {
        const check = () => {
          const found = items.find(matches)
          if (found !== undefined) resolve(found)
        }
        waiting.push(check)
        check()
      })
    },
  }
}

function subscribed(channel) {
  return new Promise((resolve) => {
    channel.subscribe((status, error) => resolve([status, error?.message]))
  })
}

const [ann, bob] = [await signedUp(), await signedUp()]
const heard = { ann: inbox(), bob: inbox() }
const present = { ann: inbox(), bob: inbox() }

function channelOf(client, name) {
  const config = { private: true, broadcast: { self: name === 'ann', ack: true }, presence: { key: name } }
  const channel = client.channel(topic, { config })
  channel.on('broadcast', { event: '*' }, (message) => heard[name].put(message))
  channel.on('presence', { event: 'sync' }, () => present[name].put(channel.presenceState()))
  channel.on('presence', { event: 'leave' }, ({ key }) => present[name].put({ left: key }))
  return channel
}

const ofAnn = channelOf(ann, 'ann')
const ofBob = channelOf(bob, 'bob')
seen.joined = [await subscribed(ofAnn), await subscribed(ofBob)]

const hello = { type: 'broadcast', event: 'hello', payload: { text: 'Zoë 😀' } }
seen.sent = await ofAnn.send(hello)
seen.heard = [await heard.ann.next(Boolean), await heard.bob.next(Boolean)]

const bytes = new Uint8Array([0, 255, 7]).buffer
await ofBob.send({ type: 'broadcast', event: 'bytes', payload: bytes })
const binary = await heard.ann.next((message) => message.event === 'bytes')
seen.bytes = [...new Uint8Array(binary.payload)]

seen.http = await ofBob.httpSend('http', { n: 1 })
await heard.bob.next((message) => message.event === 'http')

console.log('ready')
seen.fromDatabase = await heard.bob.next((message) => message.event === 'change')

seen.tracked = [await ofAnn.track({ at: 1 }), await ofBob.track({ at: 2 })]
const both = await present.ann.next((state) => state.ann && state.bob)
seen.present = [both.ann[0].at, both.bob[0].at]
await ann.removeChannel(ofAnn)
seen.left = (await present.bob.next((state) => state.left)).left

seen.refused = await subscribed(ann.channel('test:none', { config: { private: true } }))
const changes = bob.channel('changes')
const system = inbox()
changes.on('system', {}, (message) => system.put(message))
changes.on('postgres_changes', { event: '*', schema: 'public', table: 'customers' }, () => {})
await subscribed(changes)
seen.changes = (await system.next(Boolean)).message

await Promise.all([ann.removeAllChannels(), bob.removeAllChannels()])
console.log(JSON.stringify(seen))
process.exit(0)
