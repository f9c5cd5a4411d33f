// A contact's way into the portal with supabase-js, as it is published: a code by mail, the
// invitation, and what there is to see.
// Reads {url, publishable, email, token} from stdin and prints what it saw as one JSON object.

import { readFileSync } from 'node:fs'
import { createClient } from '@supabase/supabase-js'
import ws from 'ws'

const { url, publishable, email, token } = JSON.parse(readFileSync(0, 'utf8'))
const supabase = createClient(url, publishable, {
  auth: { autoRefreshToken: false, persistSession: false },
  realtime: { transport: ws },
})
const portal = supabase.schema('portal')

function must({ data, error }) {
  if (error) throw error
  return data
}

const before = await portal.rpc('accept_invitation', { token })
must(await supabase.auth.signInWithOtp({ email }))
const mails = await (await fetch(`${url}/inbox?to=${encodeURIComponent(email)}`)).json()
const signedIn = must(await supabase.auth.verifyOtp({ type: 'email', email, token: mails.at(-1).token }))
const joined = must(await portal.rpc('accept_invitation', { token }))
const again = await portal.rpc('accept_invitation', { token })
const [me] = must(await portal.rpc('me'))
const changed = must(await portal.rpc('update_profile', { changes: { phone: '030 1' } }))

console.log(JSON.stringify({
  before: before.status,
  email: signedIn.user.email,
  joined: joined.contact_id === me.contact_id,
  again: again.error.details,
  phone: changed.phone,
  customers: must(await portal.from('customer').select()).length,
  timeline: must(await portal.from('timeline').select('type').order('created_at')).map((row) => row.type),
  members: must(await supabase.from('customers').select()).length,
}))
