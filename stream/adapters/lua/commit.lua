-- Commit what a chunk did to a partition: all of it, or nothing.
-- KEYS: meta, state, pending, due, rank
-- ARGV: token, number of the last commit, next offset, progress, wall clock (ms), newest scores
--       (empty: none, the last ones stay), then six counted lists: states (id, bytes), pending
--       (id, bytes), pending gone (id), due (time, id; time 0 removes), ranks (score, id), ranks
--       gone (id)
-- Returns: 1 committed, 2 this very commit was there already (a retry after a lost answer)
local meta = redis.call('HMGET', KEYS[1], 'token', 'commits')
if meta[1] ~= ARGV[1] then
  return redis.error_reply('FENCED token ' .. ARGV[1] .. ' is superseded by ' .. (meta[1] or 'none'))
end
local done = tonumber(meta[2] or '0')
if done == tonumber(ARGV[2]) + 1 then return 2 end
if done ~= tonumber(ARGV[2]) then
  return redis.error_reply('FENCED commit ' .. ARGV[2] .. ' does not follow ' .. done)
end
local at = 7
local function each_slice(width, run)
  local count = tonumber(ARGV[at]) * width
  local first, last = at + 1, at + count
  for from = first, last, 1000 do run(from, math.min(from + 999, last)) end
  at = last + 1
end
local function put(key)
  each_slice(2, function(from, to) redis.call('HSET', key, unpack(ARGV, from, to)) end)
end
put(KEYS[2])
put(KEYS[3])
each_slice(1, function(from, to) redis.call('HDEL', KEYS[3], unpack(ARGV, from, to)) end)
each_slice(2, function(from, to)
  local add, drop = {}, {}
  for i = from, to, 2 do
    if ARGV[i] == '0' then
      drop[#drop + 1] = ARGV[i + 1]
    else
      add[#add + 1] = ARGV[i]
      add[#add + 1] = ARGV[i + 1]
    end
  end
  if #add > 0 then redis.call('ZADD', KEYS[4], unpack(add)) end
  if #drop > 0 then redis.call('ZREM', KEYS[4], unpack(drop)) end
end)
each_slice(2, function(from, to) redis.call('ZADD', KEYS[5], unpack(ARGV, from, to)) end)
each_slice(1, function(from, to) redis.call('ZREM', KEYS[5], unpack(ARGV, from, to)) end)
redis.call('HSET', KEYS[1], 'commits', done + 1, 'offset', ARGV[3], 'progress', ARGV[4],
  'committed_at', ARGV[5])
if ARGV[6] ~= '' then redis.call('HSET', KEYS[1], 'latest', ARGV[6]) end
return 1
