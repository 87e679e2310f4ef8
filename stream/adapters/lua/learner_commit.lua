-- Commit what the learner has learnt, what it serves, what it has decided, and the alarms that it
-- gives, as one.
-- KEYS: learner, model, alarms, wishes, decisions
-- ARGV: token, next offset, checkpoint, version, serving blob, report, drift report, line-up, name
--       of this commit, name of the one before, then three counted lists: alarms, wishes granted or
--       refused, decisions
local learner = redis.call('HMGET', KEYS[1], 'token', 'commit')
if learner[1] ~= ARGV[1] then
  return redis.error_reply('FENCED token ' .. ARGV[1] .. ' is superseded by ' .. (learner[1] or 'none'))
end
-- the answer to it was lost, and it is sent again
if learner[2] == ARGV[9] then return 0 end
-- Redis has lost what it had acknowledged: what went with it has to be learnt, and told, again
if (learner[2] or '') ~= ARGV[10] then
  return redis.error_reply('FENCED commit ' .. ARGV[9] .. ' does not follow ' .. (learner[2] or 'none'))
end
redis.call('HSET', KEYS[1], 'offset', ARGV[2], 'checkpoint', ARGV[3], 'commit', ARGV[9])
redis.call('HSET', KEYS[2], 'version', ARGV[4], 'serving', ARGV[5], 'report', ARGV[6],
  'drift', ARGV[7], 'lineup', ARGV[8], 'offset', ARGV[2])
local place = 11
local function each(action)
  local count = tonumber(ARGV[place])
  for index = place + 1, place + count do action(ARGV[index]) end
  place = place + count + 1
end
each(function(alarm) redis.call('LPUSH', KEYS[3], alarm) end)
redis.call('LTRIM', KEYS[3], 0, 199)
each(function(wish) redis.call('HDEL', KEYS[4], wish) end)
each(function(decision)
  redis.call('XADD', KEYS[5], 'MAXLEN', '~', 10000, '*', 'decision', decision)
end)
return 1
