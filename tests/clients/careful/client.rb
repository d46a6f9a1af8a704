# Ruby's net/http: max_retries 0, because it repeats by itself what it takes for idempotent.
require "json"
require "net/http"

BASE = URI("#{ENV.fetch('GATEWAY_URL')}/v1/generations")
UNTIL = Process.clock_gettime(Process::CLOCK_MONOTONIC) + ENV.fetch("GATEWAY_DEADLINE_S").to_f
LOST = [IOError, SystemCallError, Timeout::Error, Net::HTTPBadResponse, SocketError].freeze

def left = UNTIL - Process.clock_gettime(Process::CLOCK_MONOTONIC)
def nap(seconds) = sleep([0, [seconds, left].min].max)

def ask(request, read)
  http = Net::HTTP.new(BASE.host, BASE.port)
  http.open_timeout = 5
  http.read_timeout = read
  http.max_retries = 0
  request["Authorization"] = "Bearer #{ENV.fetch('GATEWAY_API_KEY')}"
  http.start { |open| open.request(request) }
end

def create
  request = Net::HTTP::Post.new(BASE, "Content-Type" => "application/json")
  request.body = JSON.generate(model: ENV.fetch("GATEWAY_MODEL"), input: { prompt: ENV.fetch("GATEWAY_PROMPT") })
  while left.positive?
    begin
      answer = ask(request, 70)
    rescue Errno::ECONNREFUSED
      nap(0.5)
      next
    rescue *LOST => e
      abort "creation unclear: #{e.class}"
    end
    case answer.code.to_i
    when 429, 503 then nap((answer["Retry-After"] || 1).to_f)
    when 200..299 then return JSON.parse(answer.body)
    else abort "refused: #{answer.code}"
    end
  end
  abort "deadline"
end

def poll(id)
  while left.positive?
    window = [[60, left.to_i].min, 1].max
    begin
      answer = ask(Net::HTTP::Get.new("#{BASE.path}/#{id}?wait=#{window}"), [window + 8, left + 0.3].min)
    rescue *LOST
      nap(0.7)
      next
    end
    case answer.code.to_i
    when 429 then nap((answer["Retry-After"] || 1).to_f)
    when 500..599 then nap(0.7)
    when 200
      job = JSON.parse(answer.body)
      return job unless %w[queued running].include?(job["status"])
    else abort "refused: #{answer.code}"
    end
  end
  warn "deadline, id #{id}"
  exit 3
end

def download(url, hops = 3)
  answer = Net::HTTP.get_response(URI(url))
  return download(answer["Location"], hops - 1) if answer.is_a?(Net::HTTPRedirection) && hops.positive?
  raise IOError, "download: #{answer.code}" unless answer.is_a?(Net::HTTPSuccess)

  answer.body
end

def save(job)
  job["output"]["media"].each_with_index { |each, i| File.binwrite("asset-#{i}", download(each["url"])) }
end

job = File.exist?("id") ? { "id" => File.read("id"), "status" => "running" } : create
File.write("id", job["id"])
job = poll(job["id"]) if %w[queued running].include?(job["status"])
abort "#{job['status']}: #{(job['error'] || {})['code']}" unless job["status"] == "completed"
begin
  save(job)
rescue *LOST
  begin
    save(poll(job["id"]))
  rescue *LOST => e
    abort e.message
  end
end
