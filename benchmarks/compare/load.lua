-- For wrk: the calls of 1,000 keys, drawn by Zipf's law from a fixed seed, each with a body of 300
-- bytes. Arguments: the path, "plain" or "stream", then headers of the gateway's own as "Name: value".
-- At the end it prints one line for the program that started wrk.
local calls, order, at = {}, {}, 0

local function padded(body)
  return body:gsub("@", ("x"):rep(300 - #body + 1))
end

function init(args)
  local path, stream = args[1], args[2] == "stream"
  local headers = { ["Host"] = "127.0.0.1", ["Content-Type"] = "application/json" }
  for i = 3, #args do
    local name, value = args[i]:match("^([^:]+): (.*)$")
    headers[name] = value
  end
  local body = padded('{"model":"glm-4.7",'
    .. (stream and '"stream":true,"stream_options":{"include_usage":true},' or '')
    .. '"max_tokens":256,"messages":[{"role":"user","content":"@"}]}')
  local weights, sum = {}, 0
  for k = 1, 1000 do
    headers["Authorization"] = ("Bearer pk_bench_%04d"):format(k - 1)
    calls[k] = wrk.format("POST", path, headers, body)
    sum = sum + 1 / k
    weights[k] = sum
  end
  math.randomseed(42)
  for i = 1, 20000 do
    local wanted, low, high = math.random() * sum, 1, 1000
    while low < high do
      local middle = math.floor((low + high) / 2)
      if weights[middle] < wanted then low = middle + 1 else high = middle end
    end
    order[i] = low
  end
end

function request()
  at = at % #order + 1
  return calls[order[at]]
end

function done(summary, latency, _)
  local e = summary.errors
  io.write(("RESULT %d %d %d %d %d %d\n"):format(
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    e.status, e.connect + e.read + e.write + e.timeout))
end
