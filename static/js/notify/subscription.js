// @ts-check
// A push subscription as the server takes it.

/** encode writes bytes in base64url, without padding.
 * @type {(bytes: ArrayBuffer | null | undefined) => string} */
export function encode(bytes) {
  const text = String.fromCharCode(...new Uint8Array(bytes ?? new ArrayBuffer(0)))
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** fieldsOf are the fields of the form that stores a subscription.
 * @type {(subscription: PushSubscription) => Record<string, string>} */
export function fieldsOf(subscription) {
  const [p256dh, auth] = /** @type {const} */ (['p256dh', 'auth']).map(name => {
    return encode(subscription.getKey(name))
  })
  return { endpoint: subscription.endpoint, p256dh, auth }
}
