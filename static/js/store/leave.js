// @ts-check
// Signing out asks first what is to become of messages that are not sent.
import { styled } from '../action/style.js'
import { $ } from '../dom.js'
import { discard } from './discard.js'
import { outbox } from './state.js'
import { tell } from './tabs.js'

const asked = new WeakSet()

async function answer(form, { returnValue }) {
  if (!returnValue) return
  if (returnValue === 'discard') {
    await discard()
    tell({ discard: true })
  }
  asked.add(form)
  window.onbeforeunload = null
  form.requestSubmit()
}

async function submit(event) {
  const form = event.target
  if (!form.matches('[action="/logout"]') || !outbox.items.length || asked.delete(form)) return
  event.preventDefault()
  event.stopImmediatePropagation()
  const dialog = $('#unsent')
  await styled($('#actions').dataset.style)
  dialog.returnValue = ''
  dialog.onclose = () => answer(form, dialog)
  if (!dialog.open) dialog.showModal()
}

export function startLeave() {
  addEventListener('submit', submit, true)
}
