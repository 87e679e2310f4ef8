-- Count the ranked users below each of some scores; reads only.
-- KEYS: rank    ARGV: scores...
-- Returns: how many are ranked, then one count a score
local counts = {redis.call('ZCARD', KEYS[1])}
for i = 1, #ARGV do
  counts[i + 1] = redis.call('ZCOUNT', KEYS[1], '-inf', '(' .. ARGV[i])
end
return counts
