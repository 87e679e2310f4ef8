-- Load users by id, and those that fall due, in one round trip.
-- KEYS: state, pending, due    ARGV: due until (ms), most due users, user ids...
-- Returns: states and pending of the ids asked for; then the due users, with time, state, pending
local function fetch(key, ids)
  local found = {}
  for first = 1, #ids, 1000 do
    local part = redis.call('HMGET', key, unpack(ids, first, math.min(first + 999, #ids)))
    for i = 1, #part do found[first + i - 1] = part[i] end
  end
  return found
end
local ids = {}
for i = 3, #ARGV do ids[i - 2] = ARGV[i] end
local due = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', ARGV[1], 'WITHSCORES', 'LIMIT', 0, ARGV[2])
local due_ids, due_at = {}, {}
for i = 1, #due, 2 do
  due_ids[#due_ids + 1] = due[i]
  due_at[#due_at + 1] = due[i + 1]
end
return {
  fetch(KEYS[1], ids), fetch(KEYS[2], ids),
  due_ids, due_at, fetch(KEYS[1], due_ids), fetch(KEYS[2], due_ids),
}
