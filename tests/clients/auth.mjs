// What supabase-js, as it is published, does with Auth and PostgREST behind the gateway.
// Reads {url, publishable, secret} from stdin and prints what it saw as one JSON object.

import { readFileSync } from 'node:fs'
import { createClient } from '@supabase/supabase-js'
import ws from 'ws'

const { url, publishable, secret } = JSON.parse(readFileSync(0, 'utf8'))
const options = {
  auth: { autoRefreshToken: false, persistSession: false },
  realtime: { transport: ws },
}
const client = createClient(url, publishable, options)
const other = createClient(url, publishable, options)
const service = createClient(url, secret, options)
const email = `${crypto.randomUUID()}@example.com`
const password = 'correct horse battery'
const seen = {}

function must({ data, error }) {
  if (error) throw error
  return data
}

function refusal({ error }) {
  return error && [error.status, error.code ?? error.name]
}

const signedUp = must(await client.auth.signUp({ email, password, options: { data: { name: 'Zoë' } } }))
seen.signedUpName = signedUp.user.user_metadata.name
seen.signUpAgain = refusal(await other.auth.signUp({ email, password }))
seen.weak = refusal(await other.auth.signUp({ email: `x${email}`, password: 'x' }))
seen.wrongPassword = refusal(await other.auth.signInWithPassword({ email, password: 'wrong' }))

must(await other.auth.signInWithPassword({ email, password }))
const refreshed = must(await other.auth.refreshSession())
seen.refreshedUser = refreshed.user.id === signedUp.user.id
seen.claims = must(await client.auth.getClaims()).claims.sub === signedUp.user.id

seen.updated = must(await client.auth.updateUser({ data: { color: 'red' } })).user.user_metadata.color
seen.user = must(await client.auth.getUser()).user.id === signedUp.user.id

const organization = must(await client.rpc('create_organization', { name: `Acme ${email}` }))
seen.createdOrganization = Boolean(organization)
const counted = await client.from('organizations').select('id', { count: 'exact', head: true })
seen.organizations = counted.count
const planned = await client.from('organizations').select('id', { count: 'planned' })
seen.planned = [planned.status, planned.error.details]

const made = must(await service.auth.admin.createUser({ email: `made-${email}`, email_confirm: true }))
const listed = must(await service.auth.admin.listUsers({ page: 1, perPage: 1 }))
seen.listed = [listed.users.length, listed.total > 1, listed.nextPage]
seen.made = Boolean(made.user.email_confirmed_at)
seen.madeTwice = refusal(await service.auth.admin.createUser({ email: `made-${email}` }))
seen.byStranger = refusal(await client.auth.admin.listUsers())
must(await service.auth.admin.updateUserById(made.user.id, { ban_duration: '24h' }))
seen.banned = Boolean(must(await service.auth.admin.getUserById(made.user.id)).user.banned_until)
must(await service.auth.admin.deleteUser(made.user.id))
seen.deleted = refusal(await service.auth.admin.getUserById(made.user.id))

const { error: signOutError } = await client.auth.signOut({ scope: 'others' })
seen.signOutError = signOutError
seen.otherEnded = refusal(await other.auth.getUser())
seen.stillHere = must(await client.auth.getUser()).user.id === signedUp.user.id

console.log(JSON.stringify(seen))
