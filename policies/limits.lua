#!lua name=tidewaiter_@DIGEST@
-- Limits of one call, decided together: all have room and all are taken, or nothing is taken. See policies/windows.py.
-- KEYS: one counter a limit. ARGV[1]: microseconds since the epoch, or '' for the server's clock; then four a limit:
--   'g', emission (us), burst, cost          GCRA
--   'c', limit, 'hour'|'day'|'month', cost   calendar window
--   's', limit, lease (us), holder           slots; an empty holder only looks
--   'n', limit, lease (us), node:id|want     slots that nodes queue for; `want` is what waits on this node
--   'w', limit, window/bucket (us), cost     sliding window
--   'h', '', '', ''                          hold
-- Reply: four integers a limit: allowed, remaining, reset (us), retry (us).

local DAY = 86400000000
-- Counters are kept this much longer than they count: a server that takes over with its clock behind still finds them.
local GRACE_MS = 60000

local function whole(number)
  return string.format('%.0f', number)
end

local function clock(given)
  if given ~= '' then
    return tonumber(given)
  end
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000000 + tonumber(time[2])
end

-- Days since the epoch of the first of a month (the civil calendar, proleptic Gregorian).
local function first_of(year, month)
  if month <= 2 then
    year = year - 1
  end
  local era = math.floor(year / 400)
  local of_era = year - era * 400
  local shifted = month > 2 and month - 3 or month + 9
  local day = math.floor((153 * shifted + 2) / 5)
  return era * 146097 + of_era * 365 + math.floor(of_era / 4) - math.floor(of_era / 100) + day - 719468
end

local function month_of(days)
  local shifted = days + 719468
  local era = math.floor(shifted / 146097)
  local day = shifted - era * 146097
  local year = math.floor((day - math.floor(day / 1460) + math.floor(day / 36524) - math.floor(day / 146096)) / 365)
  local of_year = day - (365 * year + math.floor(year / 4) - math.floor(year / 100))
  local month = math.floor((5 * of_year + 2) / 153)
  year = year + era * 400
  if month < 10 then
    return year, month + 3
  end
  return year + 1, month - 9
end

local function calendar(window, now)
  if window == 'month' then
    local year, month = month_of(math.floor(now / DAY))
    local next_year, next_month = year, month + 1
    if month == 12 then
      next_year, next_month = year + 1, 1
    end
    return first_of(year, month) * DAY, first_of(next_year, next_month) * DAY
  end
  local length = window == 'hour' and DAY / 24 or DAY
  local begin = math.floor(now / length) * length
  return begin, begin + length
end

local look = {}
local put = {}
local say = {}

function look.g(key, now, emission, burst, cost)
  local emitted, room, units = tonumber(emission), tonumber(burst) * tonumber(emission), tonumber(cost)
  local base = math.min(math.max(tonumber(redis.call('GET', key) or 0), now), now + room)
  local after = base + units * emitted
  return { fits = units == 0 or after - now <= room, base = base, after = after, room = room, emission = emitted }
end

function put.g(key, now, it)
  if it.after > it.base then
    redis.call('SET', key, whole(it.after), 'PX', whole(math.ceil((it.after - now) / 1000) + GRACE_MS))
  end
end

function say.g(now, it, taken)
  local at = taken and it.after or it.base
  local retry = it.fits and 0 or it.after - now - it.room
  return math.max(0, math.floor((now + it.room - at) / it.emission)), at - now, retry
end

function look.c(key, now, limit, window, cost)
  local begin, ends = calendar(window, now)
  local most, units, used = tonumber(limit), tonumber(cost), 0
  local stored = redis.call('GET', key)
  if stored then
    local since, count = string.match(stored, '^(%d+):(%d+)$')
    if since == whole(begin) then
      used = tonumber(count)
    end
  end
  return { fits = units == 0 or used + units <= most, used = used, cost = units, limit = most,
           begin = begin, ends = ends }
end

function put.c(key, now, it)
  if it.cost > 0 then
    local keep = math.ceil((it.ends - now) / 1000) + GRACE_MS
    redis.call('SET', key, whole(it.begin) .. ':' .. whole(it.used + it.cost), 'PX', whole(keep))
  end
end

function say.c(now, it, taken)
  local used = it.used + (taken and it.cost or 0)
  return math.max(0, it.limit - used), it.ends - now, it.fits and 0 or it.ends - now
end

function look.s(key, now, limit, lease, holder)
  local most = tonumber(limit)
  local gone = redis.call('ZCOUNT', key, '-inf', whole(now))
  local held = redis.call('ZCARD', key) - gone
  local mine = false
  if holder ~= '' then
    local score = redis.call('ZSCORE', key, holder)
    mine = score and tonumber(score) > now
  end
  return { fits = holder == '' or mine or held < most, held = held, mine = mine, limit = most,
           lease = tonumber(lease), holder = holder }
end

function put.s(key, now, it)
  if it.holder ~= '' then
    redis.call('ZREMRANGEBYSCORE', key, '-inf', whole(now))
    redis.call('ZADD', key, whole(now + it.lease), it.holder)
    redis.call('PEXPIRE', key, whole(math.ceil(it.lease / 1000) + GRACE_MS))
  end
end

function say.s(now, it, taken)
  local held = it.held + ((taken and it.holder ~= '' and not it.mine) and 1 or 0)
  return math.max(0, it.limit - held), 0, 0
end

-- While other nodes wait, a node takes no more than its part of the slots. Who is refused waits for a quarter second.
local WAITS = 250000

function look.n(key, now, limit, lease, spec)
  local holder, node, want = string.match(spec, '^(([^:]*):[^|]*)|(%d+)$')
  local it = look.s(key, now, limit, lease, holder)
  if it.mine then
    return it
  end
  local waiting, total, others = key .. ':w', tonumber(want), false
  local all = redis.call('HGETALL', waiting)
  for i = 1, #all, 2 do
    if all[i] ~= node then
      local wanted, ends = string.match(all[i + 1], '^(%d+):(%d+)$')
      if tonumber(ends) > now then
        total, others = total + tonumber(wanted), true
      else
        redis.call('HDEL', waiting, all[i])
      end
    end
  end
  if it.fits and others then
    local mine = 0
    for _, member in ipairs(redis.call('ZRANGEBYSCORE', key, '(' .. whole(now), '+inf')) do
      if string.sub(member, 1, #node + 1) == node .. ':' then
        mine = mine + 1
      end
    end
    it.fits = mine * total < tonumber(limit) * tonumber(want)
  end
  if not it.fits then
    redis.call('HSET', waiting, node, want .. ':' .. whole(now + WAITS))
    redis.call('PEXPIRE', waiting, GRACE_MS)
  end
  return it
end

put.n = put.s
say.n = say.s

-- A hash: bucket -> units, and n: the newest bucket, o: the oldest, t: units in all. As policies/sliding.py.
function look.w(key, now, limit, spec, cost)
  local window, bucket = string.match(spec, '^(%d+)/(%d+)$')
  window, bucket = tonumber(window), tonumber(bucket)
  local at, first = math.floor(now / bucket), math.floor((now - window) / bucket)
  local stored = redis.call('HMGET', key, 'n', 'o', 't')
  local newest, oldest, total = tonumber(stored[1]), tonumber(stored[2]), tonumber(stored[3]) or 0
  if not newest or newest < first then
    redis.call('DEL', key)
    newest, oldest, total = at, at, 0
  elseif newest > at + 1 then
    redis.call('DEL', key)
    newest, oldest = at, at
    redis.call('HSET', key, whole(at), whole(total), 'n', whole(at), 'o', whole(at), 't', whole(total))
    redis.call('PEXPIRE', key, whole(math.ceil((window + 2 * bucket) / 1000) + GRACE_MS))
  elseif oldest < first then
    while oldest < first do
      local gone = redis.call('HGET', key, whole(oldest))
      if gone then
        total = total - tonumber(gone)
        redis.call('HDEL', key, whole(oldest))
      end
      oldest = oldest + 1
    end
    redis.call('HSET', key, 'o', whole(oldest), 't', whole(total))
  end
  local units = tonumber(cost)
  return { fits = units == 0 or total + units <= tonumber(limit), at = math.max(at, newest), newest = newest,
           oldest = oldest, total = total, cost = units, limit = tonumber(limit), window = window, bucket = bucket }
end

function put.w(key, now, it)
  if it.cost > 0 then
    it.total, it.newest = it.total + it.cost, it.at
    redis.call('HINCRBY', key, whole(it.at), it.cost)
    redis.call('HSET', key, 'n', whole(it.newest), 'o', whole(it.oldest), 't', whole(it.total))
    redis.call('PEXPIRE', key, whole(math.ceil((it.window + 2 * it.bucket) / 1000) + GRACE_MS))
  end
end

function say.w(now, it, _, key)
  local reset, retry = 0, 0
  if it.total > 0 then
    reset = (it.newest + 1) * it.bucket + it.window - now
  end
  if not it.fits then
    local excess, last = it.total + it.cost - it.limit, it.newest
    for bucket = it.oldest, it.newest do
      excess = excess - (tonumber(redis.call('HGET', key, whole(bucket))) or 0)
      if excess <= 0 then
        last = bucket
        break
      end
    end
    retry = (last + 1) * it.bucket + it.window - now
  end
  return math.max(0, it.limit - it.total), reset, retry
end

function look.h(key, now)
  local ends = math.max(tonumber(redis.call('GET', key) or 0), now)
  return { fits = ends <= now, ends = ends }
end

function put.h()
end

function say.h(now, it)
  return 0, it.ends - now, it.ends - now
end

local function take(keys, args)
  local now = clock(args[1])
  local found, all = {}, true
  for i, key in ipairs(keys) do
    local at = 4 * i - 2
    found[i] = look[args[at]](key, now, args[at + 1], args[at + 2], args[at + 3])
    all = all and found[i].fits
  end
  local reply = {}
  for i, key in ipairs(keys) do
    local kind, it = args[4 * i - 2], found[i]
    if all then
      put[kind](key, now, it)
    end
    local remaining, reset, retry = say[kind](now, it, all, key)
    reply[#reply + 1] = it.fits and 1 or 0
    reply[#reply + 1] = remaining
    reply[#reply + 1] = reset
    reply[#reply + 1] = retry
  end
  return reply
end

-- Slots given back. KEYS[1]: the counter. ARGV: holders.
local function release(keys, args)
  return redis.call('ZREM', keys[1], unpack(args))
end

-- Leases made longer. KEYS[1]: the counter. ARGV: clock as above, lease (us), then holders.
local function renew(keys, args)
  local now, lease = clock(args[1]), tonumber(args[2])
  for i = 3, #args do
    redis.call('ZADD', keys[1], 'XX', whole(now + lease), args[i])
  end
  return redis.call('PEXPIRE', keys[1], whole(math.ceil(lease / 1000) + GRACE_MS))
end

-- What is known only now, counted whether there is room or not. KEYS[1]: the counter. ARGV: clock as above, then as for
-- take: 'w', limit, window/bucket (us), cost, or 'h', '', '', length (us).
local function charge(keys, args)
  local key, now = keys[1], clock(args[1])
  if args[2] == 'h' then
    local length = tonumber(args[5])
    local ends = math.max(tonumber(redis.call('GET', key) or 0), now + length)
    return redis.call('SET', key, whole(ends), 'PX', whole(math.ceil((ends - now) / 1000) + GRACE_MS))
  end
  return put.w(key, now, look.w(key, now, args[3], args[4], args[5]))
end

redis.register_function('tidewaiter_take_@DIGEST@', take)
redis.register_function('tidewaiter_charge_@DIGEST@', charge)
redis.register_function('tidewaiter_release_@DIGEST@', release)
redis.register_function('tidewaiter_renew_@DIGEST@', renew)
