#!/usr/bin/perl
# The half of record.sh that speaks to the kernel, and lays what it said into files.
use strict;
use warnings;
use Socket;

my $work = shift;
$work eq 'make' ? make(@ARGV) : files(@ARGV);

# make KIND LINK COMMAND...: one line each of the kind, the commands, the kernel's release, what ip shows, the message.
sub make {
    my ($kind, $link, @commands) = @_;
    my @batch = map { /^ip (.*)/ ? "$1\n" : () } @commands;
    open(my $ip, '|-', 'ip', '-batch', '-') or die "ip: $!";
    print $ip @batch;
    close $ip or exit 1;
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
    open(my $release, '<', '/proc/sys/kernel/osrelease') or die "osrelease: $!";
    print "=$kind\n", (map { "# $_\n" } @commands), '# kernel ', <$release>, "$shown\n";
    print unpack('H*', pack('L', 32 + length $kept) . substr($answer, 4, 28) . $kept), "\n";
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
    unlink glob "$folder/*.txt";
    for my $kind (keys %kinds) {
        open(my $out, '>', "$folder/$kind.txt") or die "$kind: $!";
        print $out $kinds{$kind};
    }
}
