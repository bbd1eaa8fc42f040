package browser

// domInvariants runs in every page before other scripts. In each painted frame it checks invariants of the DOM,
// and it records when a message was first seen.
const domInvariants = `(() => {
  const faults = new Set()
  const fault = text => { if (!faults.has(text)) { faults.add(text); reportFault(text) } }
  window.seen = {}
  addEventListener('securitypolicyviolation', e => fault('policy: ' + e.violatedDirective + ' ' + e.blockedURI))

  function look() {
    const ids = new Set()
    for (const e of document.querySelectorAll('[id]')) {
      if (ids.has(e.id)) fault('two elements have the id ' + e.id)
      ids.add(e.id)
    }
    const log = document.querySelector('#pane [role=log]')
    if (!log) return
    let last = 0
    for (const row of log.querySelectorAll('article[id^=message-]')) {
      const seq = Number(row.dataset.seq)
      if (seq <= last) fault('message ' + seq + ' stands after ' + last)
      last = seq
      const text = row.querySelector('p')?.textContent // a loading page may have half a row
      if (text) window.seen[text] ??= Date.now()
    }
    for (const bubble of log.querySelectorAll('[data-pending]')) {
      if (log.querySelector('[data-key="' + bubble.dataset.pending + '"]')) fault('a message is shown as sent and as pending: ' + bubble.innerText)
      if (bubble.nextElementSibling?.matches('article[id^=message-]')) fault('a pending bubble is not at the end: ' + bubble.innerText)
    }
  }

  let due = false
  const soon = () => { if (!due) { due = true; requestAnimationFrame(() => { due = false; look() }) } }
  new MutationObserver(soon).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['id', 'data-seq'] })
})()`
