-- The same as shard.allow, in microseconds: KEYS[1] holds when it will be as if it had never done
-- anything, ARGV are the interval and the burst. Answers how long to wait, 0 for an event that counts.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])

-- A clock that was set back, or a rule that was made stricter, locks no key out for longer than an interval.
local last = now + interval * burst
local before = math.min(tonumber(redis.call('GET', KEYS[1]) or now), last)
local free = math.max(before, now) + interval
if free > last then
  return free - last
end

-- Lua would write a number of this size with too few digits.
redis.call('SET', KEYS[1], string.format('%.0f', free), 'PX', string.format('%.0f', math.ceil((free - now) / 1000)))
return 0
