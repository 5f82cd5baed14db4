namespace LxcNetworking.Program.Manual;

/// <summary>What shells run to complete this program's command lines. They ask the program, which looks at what is
/// there.</summary>
internal static class CompletionScripts
{
    /// <summary>The script for a shell; null for one that there is none for.</summary>
    public static string? For(string shell) => shell switch
    {
        "bash" => Bash,
        "zsh" => Zsh,
        "fish" => Fish,
        "pwsh" => PowerShell,
        _ => null,
    };

    // Bash splits words at : and =, and puts what it is given in the place of the last part.
    private const string Bash = """
        # bash completion for lxcnet: source <(lxcnet completion bash)
        _lxcnet()
        {
            local line=${COMP_LINE:0:COMP_POINT} words word before reply
            COMPREPLY=()
            read -ra words <<<"$line"
            case $line in *[[:space:]]) words+=('') ;; esac
            word=${words[${#words[@]} - 1]}
            before=
            case $COMP_WORDBREAKS in
                *:*) case $word in *:*) before=${word%"${word##*:}"} ;; esac ;;
            esac
            while IFS= read -r reply; do
                if [ "$reply" = :files ]; then
                    compopt -o filenames 2>/dev/null
                    while IFS= read -r reply; do COMPREPLY+=("$reply"); done < <(compgen -f -- "$word")
                else
                    COMPREPLY+=("${reply#"$before"}")
                fi
            done < <(lxcnet complete "${words[@]:1}" 2>/dev/null)
        }
        complete -F _lxcnet lxcnet

        """;

    private const string Zsh = """
        #compdef lxcnet
        # zsh completion for lxcnet: source <(lxcnet completion zsh), or as _lxcnet in a folder of $fpath
        _lxcnet() {
            local reply
            local -a replies
            for reply in ${(f)"$(lxcnet complete "${(@)words[2,CURRENT]}" 2>/dev/null)"}; do
                if [[ $reply == :files ]]; then
                    _files
                else
                    replies+=("$reply")
                fi
            done
            compadd -a replies
        }
        if [ "$funcstack[1]" = _lxcnet ]; then
            _lxcnet "$@"
        else
            compdef _lxcnet lxcnet
        fi

        """;

    private const string Fish = """
        # fish completion for lxcnet: lxcnet completion fish | source
        function __lxcnet_complete
            set -l words (commandline -opc) (commandline -ct)
            for reply in (lxcnet complete $words[2..-1] 2>/dev/null)
                if test "$reply" = :files
                    __fish_complete_path (commandline -ct)
                else
                    echo $reply
                end
            end
        end
        complete -c lxcnet -f -a '(__lxcnet_complete)'

        """;

    // Where nothing is given, PowerShell completes files.
    private const string PowerShell = """
        # PowerShell completion for lxcnet: lxcnet completion pwsh | Out-String | Invoke-Expression
        Register-ArgumentCompleter -Native -CommandName lxcnet -ScriptBlock {
            param($wordToComplete, $commandAst, $cursorPosition)
            $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
                    Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { "$_" })
            lxcnet complete @words "$wordToComplete" 2>$null | Where-Object { $_ -ne ':files' } |
                ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
        }

        """;
}
