-- Commit what the learner has learnt, and what it serves, as one.
-- KEYS: learner, model    ARGV: token, next offset, checkpoint, version, serving blob, report
local token = redis.call('HGET', KEYS[1], 'token')
if token ~= ARGV[1] then
  return redis.error_reply('FENCED token ' .. ARGV[1] .. ' is superseded by ' .. (token or 'none'))
end
redis.call('HSET', KEYS[1], 'offset', ARGV[2], 'checkpoint', ARGV[3])
redis.call('HSET', KEYS[2], 'version', ARGV[4], 'serving', ARGV[5], 'report', ARGV[6])
return 1
