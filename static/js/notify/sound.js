// @ts-check
// One gentle sound: two soft notes. There is no file to load.

/** @type {AudioContext | undefined} */
let audio

function note(context, frequency, from) {
  const tone = context.createOscillator()
  const volume = context.createGain()
  tone.frequency.value = frequency
  volume.gain.setValueAtTime(0, from)
  volume.gain.linearRampToValueAtTime(0.12, from + 0.015)
  volume.gain.exponentialRampToValueAtTime(0.0001, from + 0.35)
  tone.connect(volume).connect(context.destination)
  tone.start(from)
  tone.stop(from + 0.4)
}

/** play does nothing on a page that has not been used yet: browsers forbid it. */
export async function play() {
  if (!navigator.userActivation?.hasBeenActive) return
  audio ??= new AudioContext()
  await audio.resume().catch(() => {})
  if (audio.state !== 'running') return
  note(audio, 660, audio.currentTime)
  note(audio, 880, audio.currentTime + 0.11)
  document.dispatchEvent(new Event('dchat:sound'))
}
