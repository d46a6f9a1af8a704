# Perl's HTTP::Tiny: its time-out counts between bytes, so it is the window and a margin.
use strict;
use warnings;
use HTTP::Tiny;
use JSON::PP;
use Time::HiRes qw(sleep time);

my $base  = "$ENV{GATEWAY_URL}/v1/generations";
my $until = time + $ENV{GATEWAY_DEADLINE_S};
sub left { $until - time }
sub nap  { my $s = shift; $s = left() if $s > left(); sleep($s) if $s > 0 }
sub stop { print STDERR "$_[0]\n"; exit($_[1] // 1) }

sub ask {
    my ($method, $url, $most, $body) = @_;
    my %headers = (Authorization => "Bearer $ENV{GATEWAY_API_KEY}");
    $headers{'Content-Type'} = 'application/json' if defined $body;
    my $http = HTTP::Tiny->new(timeout => $most, max_redirect => 0, keep_alive => 0, no_proxy => ['127.0.0.1']);
    return $http->request($method, $url, { headers => \%headers, defined $body ? (content => $body) : () });
}

sub create {
    my $body = encode_json({ model => $ENV{GATEWAY_MODEL}, input => { prompt => $ENV{GATEWAY_PROMPT} } });
    while (left() > 0) {
        my $answer = ask('POST', $base, 70, $body);
        my $status = $answer->{status};
        if ($status == 599) {
            stop("creation unclear: $answer->{content}") unless $answer->{content} =~ /Could not connect/;
            nap(0.5);
        }
        elsif ($status == 429 || $status == 503) { nap($answer->{headers}{'retry-after'} // 1) }
        elsif ($answer->{success}) { return decode_json($answer->{content}) }
        else { stop("refused: $status") }
    }
    stop('deadline', 3);
}

sub poll {
    my $id = shift;
    while (left() > 0) {
        my $window = int(left()) > 60 ? 60 : int(left()) < 1 ? 1 : int(left());
        my $most   = $window + 7 < left() + 0.5 ? $window + 7 : left() + 0.5;
        my $answer = ask('GET', "$base/$id?wait=$window", $most);
        my $status = $answer->{status};
        if ($status >= 500) { nap(0.7) }
        elsif ($status == 429) { nap($answer->{headers}{'retry-after'} // 1) }
        elsif ($status != 200) { stop("refused: $status") }
        else {
            my $job = decode_json($answer->{content});
            return $job if $job->{status} !~ /^(queued|running)$/;
        }
    }
    stop("deadline, id $id", 3);
}

sub save {
    my $n = 0;
    for my $each (@{ $_[0]{output}{media} }) {
        my $answer = HTTP::Tiny->new(timeout => 20)->mirror($each->{url}, 'asset-' . $n++);
        return 0 unless $answer->{success};
    }
    return 1;
}

my $job;
if (open my $kept, '<', 'id') { $job = { id => scalar <$kept>, status => 'running' } }
else {
    $job = create();
    open my $file, '>', 'id' or stop('cannot write');
    print $file $job->{id};
    close $file;
}
$job = poll($job->{id}) if $job->{status} =~ /^(queued|running)$/;
stop("$job->{status} " . ($job->{error}{code} // ''), 2) if $job->{status} ne 'completed';
save($job) || save(poll($job->{id})) || stop('no download', 4);
