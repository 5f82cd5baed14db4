#!/bin/sh
# The OCI runtime of `docker run --privileged` in the tests: runc with the capabilities that root has on this machine.
# Docker asks for every capability that the kernel knows, and runc fails where the machine's root lacks one of them.
for argument; do
    [ "${option-}" != --bundle ] || config=$argument/config.json
    option=$argument
done
if [ -n "${config-}" ]; then
    bounds=,$(setpriv --dump | sed -n 's/^Capability bounding set: //p'),
    grep -o '"CAP_[A-Z_]*"' "$config" | sort -u | while read -r capability; do
        name=$(echo "$capability" | sed 's/"CAP_\(.*\)"/\1/' | tr '[:upper:]' '[:lower:]')
        case $bounds in
            *",$name,"*) ;;
            *) sed -i "s/,$capability//g; s/$capability,//g" "$config" ;;
        esac
    done
fi
exec runc "$@"
