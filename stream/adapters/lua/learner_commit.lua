-- Commit what the learner has learnt, what it serves, and the alarms that it gives, as one.
-- KEYS: learner, model, alarms
-- ARGV: token, next offset, checkpoint, version, serving blob, report, drift report, alarms...
local token = redis.call('HGET', KEYS[1], 'token')
if token ~= ARGV[1] then
  return redis.error_reply('FENCED token ' .. ARGV[1] .. ' is superseded by ' .. (token or 'none'))
end
redis.call('HSET', KEYS[1], 'offset', ARGV[2], 'checkpoint', ARGV[3])
redis.call('HSET', KEYS[2], 'version', ARGV[4], 'serving', ARGV[5], 'report', ARGV[6],
  'drift', ARGV[7])
if #ARGV > 7 then
  redis.call('LPUSH', KEYS[3], unpack(ARGV, 8))
  redis.call('LTRIM', KEYS[3], 0, 199)
end
return 1
