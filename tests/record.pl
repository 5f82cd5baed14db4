#!/usr/bin/perl
# The half of record.sh that speaks to the kernel, and lays what it said into files.
use strict;
use warnings;
use Socket;

my $work = shift;
$work eq 'make' ? make(@ARGV) : $work eq 'entry' ? entry(@ARGV) : files(@ARGV);

# Runs those of the commands that are of one program.
sub batch {
    my ($program, @commands) = @_;
    my @batch = map { /^$program ([^-].*)/ ? "$1\n" : () } @commands;
    open(my $pipe, '|-', split(' ', $program), '-batch', '-') or die "$program: $!";
    print $pipe @batch;
    close $pipe or exit 1;
}

# Writes one line each of the kind, the commands, the kernel's release, what is shown, the message.
sub record {
    my ($kind, $shown, $message, @commands) = @_;
    open(my $release, '<', '/proc/sys/kernel/osrelease') or die "osrelease: $!";
    print "=$kind\n", (map { "# $_\n" } @commands), '# kernel ', <$release>, "$shown\n", unpack('H*', $message), "\n";
}

# make KIND LINK COMMAND...: records a link.
sub make {
    my ($kind, $link, @commands) = @_;
    batch('ip', @commands);
    /^sleep (.*)/ and sleep $1 for @commands;
    my $shown = qx(ip -d -j link show dev $link);
    $shown =~ /"ifindex":(\d+)/ or die "no $link";
    my $index = $1;
    chomp $shown;
    # AF_NETLINK, NETLINK_ROUTE; RTM_GETLINK with IFLA_EXT_MASK (RTEXT_FILTER_SKIP_STATS).
    socket(my $socket, 16, SOCK_RAW, 0) or die "socket: $!";
    my $body = pack('CCSlLL', 0, 0, 0, $index, 0, 0) . pack('SSL', 8, 29, 8);
    send($socket, pack('LSSLL', 16 + length $body, 18, 1, 1, 0) . $body, 0, pack('SSLL', 16, 0, 0, 0))
        or die "send: $!";
    defined recv($socket, my $answer, 1 << 20, 0) or die "recv: $!";
    my ($length, $type) = unpack('LS', $answer);
    $type == 16 or die "answer of type $type";
    # What is told of the link beside its kind is long, and nothing of it is read: IFLA_STATS, IFLA_AF_SPEC.
    my $kept = '';
    for (my $at = 32; $at + 4 <= $length;) {
        my ($size, $name) = unpack('SS', substr($answer, $at));
        my $whole = ($size + 3) & ~3;
        $kept .= substr($answer, $at, $whole) unless $name == 7 || $name == 26;
        $at += $whole;
    }
    record($kind, $shown, pack('L', 32 + length $kept) . substr($answer, 4, 28) . $kept, @commands);
}

# The value of an attribute of a message about a link, '' if it has none.
sub attribute {
    my ($message, $name) = @_;
    for (my $at = 32; $at + 4 <= length $message;) {
        my ($size, $is) = unpack('SS', substr($message, $at));
        return substr($message, $at + 4, $size - 4) if ($is & 0x3fff) == $name;
        $at += ($size + 3) & ~3;
    }
    return '';
}

# The lists besides that of links: the request's type (the answer's is 2 less), its structure, what shows the same.
my %lists;
BEGIN {
    %lists = (
        address => [22, pack('x8'), 'ip -d -j address'],
        neighbor => [30, pack('x12'), 'ip -d -j neighbor show nud all'],
        rule => [34, pack('Cx11', 2), 'ip -d -j rule'],
        rule6 => [34, pack('Cx11', 10), 'ip -6 -d -j rule'],
        route => [26, pack('Cx11', 2), 'ip -4 -d -j route show table all'],
        route6 => [26, pack('Cx11', 10), 'ip -6 -d -j route show table all'],
        nexthop => [106, pack('x8'), 'ip -d -j nexthop'],
        qdisc => [38, pack('x20'), 'tc -j qdisc'],
        # What the fourth link of its namespace receives.
        filter => [46, pack('x4lLLL', 4, 0, 0xfffffff2, 0), 'tc -j filter show dev ifb7 ingress'],
        fdb => [30, pack('Cx11', 7), 'bridge -d -j fdb'],
        # With IFLA_EXT_MASK (RTEXT_FILTER_BRVLAN_COMPRESSED).
        'bridge-vlan' => [18, pack('Cx15', 7) . pack('SSL', 8, 29, 4), 'bridge -j vlan'],
    );
}

# entry LIST TEXT COMMAND...: records the entry of a list that is shown with the text.
sub entry {
    my ($list, $text, @commands) = @_;
    require JSON::PP;
    my $json = JSON::PP->new->canonical;
    batch($_, @commands) for 'ip', 'ip -6', 'bridge', 'tc';
    my ($type, $header, $show) = @{$lists{$list}};
    my @shown = grep { %$_ } @{$json->decode(scalar qx($show))};
    # Addresses stand below their link.
    @shown = map { my $link = $_; map { {%$_, ifindex => $link->{ifindex}} } grep { %$_ } @{$link->{addr_info}} } @shown
        if $list eq 'address';
    socket(my $socket, 16, SOCK_RAW, 0) or die "socket: $!";
    send($socket, pack('LSSLL', 16 + length $header, $type, 0x301, 1, 0) . $header, 0, pack('SSLL', 16, 0, 0, 0))
        or die "send: $!";
    my @messages;
    for (my $is_done; !$is_done;) {
        defined recv($socket, my $answer, 1 << 20, 0) or die "recv: $!";
        for (my ($at, $length) = (0); $at < length $answer; $at += ($length + 3) & ~3) {
            ($length, my $is) = unpack('LS', substr($answer, $at));
            $is_done ||= $is == 3;
            push @messages, substr($answer, $at, $length) if $is == $type - 2;
        }
    }
    # Every link is told, those that have VLANs are shown.
    @messages = grep { length attribute($_, 26) } @messages if $list eq 'bridge-vlan';
    @messages == @shown or die @messages . " messages, of which " . @shown . " are shown";
    my ($at) = grep { index($json->encode($shown[$_]), $text) >= 0 } 0 .. $#shown;
    defined $at or die "no $text";
    record($list, $json->encode([$shown[$at]]), $messages[$at], @commands);
}

# files FOLDER RECORDS...: a file for each kind, with lines that are not too long.
sub files {
    my ($folder, @records) = @_;
    require JSON::PP;
    my $json = JSON::PP->new->canonical;
    my %kinds;
    for my $file (@records) {
        open(my $records, '<', $file) or die "$file: $!";
        my $kind;
        while (my $line = <$records>) {
            if ($line =~ /^=(.*)/) {
                $kinds{$kind = $1} .= $kinds{$kind = $1} ? "\n" : '';
            } elsif ($line =~ /^\[/) {
                my ($link) = grep { %$_ } @{$json->decode($line)};
                $line = $json->encode($link);
                # Lines end after a comma, so that no part of the JSON can be taken for hexadecimal digits.
                $line =~ s/(.{60,110}?,|.+$)/$1\n/g;
                $kinds{$kind} .= $line;
            } else {
                if ($line !~ /^#/) {
                    $line =~ s/(.{1,110})\n?/$1\n/g;
                } elsif (length $line > 120) {
                    $line =~ s/(.{60,112}) (?=\S)/$1\n#   /g;
                }
                $kinds{$kind} .= $line;
            }
        }
    }
    unlink glob "$folder/*.txt ${folder}Entries/*.txt";
    for my $kind (keys %kinds) {
        open(my $out, '>', $folder . ($lists{$kind} ? 'Entries' : '') . "/$kind.txt") or die "$kind: $!";
        print $out $kinds{$kind};
    }
}
