#!/bin/sh
# The OCI runtime of `docker run --privileged` in the tests: runc, asked for those capabilities only that root has here.
# A privileged container is to get all that the kernel knows, and runc fails where the machine itself lacks one.
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
