<?php
// PHP's curl extension.
$base = getenv('GATEWAY_URL') . '/v1/generations';
$until = microtime(true) + (float) getenv('GATEWAY_DEADLINE_S');
$left = fn (): float => $until - microtime(true);
$nap = function (float $seconds) use ($left): void { usleep((int) (1e6 * max(0, min($seconds, $left())))); };
$stop = function (string $message, int $code = 1): never { fwrite(STDERR, $message . "\n"); exit($code); };

function ask(string $url, float $most, ?string $body = null, bool $key = true): array
{
    $headers = [];
    $handle = curl_init($url);
    curl_setopt_array($handle, [
        CURLOPT_RETURNTRANSFER => true, CURLOPT_TIMEOUT_MS => (int) (1000 * $most), CURLOPT_CONNECTTIMEOUT => 5,
        CURLOPT_FOLLOWLOCATION => !$key, CURLOPT_MAXREDIRS => 3,
        CURLOPT_HEADERFUNCTION => function ($_, string $line) use (&$headers): int {
            $parts = explode(':', $line, 2);
            if (count($parts) === 2) { $headers[strtolower($parts[0])] = trim($parts[1]); }
            return strlen($line);
        },
    ]);
    $sent = $key ? ['Authorization: Bearer ' . getenv('GATEWAY_API_KEY')] : [];
    if ($body !== null) {
        curl_setopt($handle, CURLOPT_POSTFIELDS, $body);
        $sent[] = 'Content-Type: application/json';
    }
    curl_setopt($handle, CURLOPT_HTTPHEADER, $sent);
    $text = curl_exec($handle);
    return [curl_errno($handle), curl_getinfo($handle, CURLINFO_RESPONSE_CODE), $headers, $text];
}

$create = function () use ($base, $left, $nap, $stop): array {
    $body = json_encode(['model' => getenv('GATEWAY_MODEL'), 'input' => ['prompt' => getenv('GATEWAY_PROMPT')], 'wait' => 5]);
    while ($left() > 0) {
        [$error, $status, $headers, $text] = ask($base, 12, $body);
        if ($error === CURLE_COULDNT_CONNECT) { $nap(0.5); continue; }
        if ($error) { $stop('creation unclear: ' . curl_strerror($error)); }
        if ($status === 429 || $status === 503) { $nap((float) ($headers['retry-after'] ?? 1)); continue; }
        if ($status >= 300) { $stop("refused: $status"); }
        return json_decode($text, true);
    }
    $stop('deadline', 3);
};
$poll = function (string $id) use ($base, $left, $nap, $stop): array {
    while ($left() > 0) {
        $window = max(1, min(25, (int) $left()));
        [$error, $status, $headers, $text] = ask("$base/$id?wait=$window", min($window + 6, $left() + 0.3));
        if ($error || $status >= 500) { $nap(0.8); continue; }
        if ($status === 429) { $nap((float) ($headers['retry-after'] ?? 1)); continue; }
        if ($status !== 200) { $stop("refused: $status"); }
        $job = json_decode($text, true);
        if (!in_array($job['status'], ['queued', 'running'], true)) { return $job; }
    }
    $stop("deadline, id $id", 3);
};
$save = function (array $job): bool {
    foreach ($job['output']['media'] as $i => $each) {
        [$error, $status, , $bytes] = ask($each['url'], 20, null, false);
        if ($error || $status !== 200) { return false; }
        file_put_contents("asset-$i", $bytes);
    }
    return true;
};

$job = is_file('id') ? ['id' => file_get_contents('id'), 'status' => 'running'] : $create();
file_put_contents('id', $job['id']);
if (in_array($job['status'], ['queued', 'running'], true)) { $job = $poll($job['id']); }
if ($job['status'] !== 'completed') { $stop($job['status'] . ' ' . ($job['error']['code'] ?? ''), 2); }
if (!$save($job) && !$save($poll($job['id']))) { $stop('no download', 4); }
