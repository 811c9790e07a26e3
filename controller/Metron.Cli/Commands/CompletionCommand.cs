using System.CommandLine;
using Metron.Cli.Client;

namespace Metron.Cli.Commands;

/// <summary>`completion`: scripts that let a shell complete command lines; they ask metronctl itself by its [suggest] directive.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        # bash completion for metronctl. Load it with: source <(metronctl completion bash)
        _metronctl() {
            local line="${COMP_LINE:0:COMP_POINT}"
            line="${line#"${COMP_WORDS[0]}"}"
            line="${line# }"
            local candidate
            COMPREPLY=()
            # Not by compgen -W, which would carry out what a name holds.
            while IFS= read -r candidate; do
                [[ $candidate == "${COMP_WORDS[COMP_CWORD]}"* ]] && COMPREPLY+=("$candidate")
            done < <("${COMP_WORDS[0]}" "[suggest:${#line}]" "$line" 2>/dev/null)
        }
        complete -o default -F _metronctl metronctl

        """;

    private const string Zsh = """
        #compdef metronctl
        # zsh completion for metronctl. Load it with: source <(metronctl completion zsh)
        _metronctl() {
            local line="${(j: :)words[2,CURRENT]}"
            local -a found
            found=(${(f)"$(metronctl "[suggest:${#line}]" "$line" 2>/dev/null)"})
            if (( ${#found} )); then
                compadd -a found
            else
                _files
            fi
        }
        compdef _metronctl metronctl

        """;

    private const string Fish = """
        # fish completion for metronctl. Load it with: metronctl completion fish | source
        function __metronctl_complete
            set -l words (commandline -opc) (commandline -ct)
            set -l line (string join ' ' -- $words[2..-1])
            metronctl "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete -c metronctl -a '(__metronctl_complete)'

        """;

    /// <summary>Makes the command.</summary>
    public static Command Create(Session session) => new("completion", "Print a completion script for a shell.")
    {
        Shell(session, "bash", Bash),
        Shell(session, "zsh", Zsh),
        Shell(session, "fish", Fish),
    };

    private static Command Shell(Session session, string name, string script)
    {
        var command = new Command(name, $"Print the completion script for {name}.");
        command.SetAction(session.Guarded(async (_, _) =>
        {
            await session.Terminal.Output.WriteAsync(script);
            return ExitCode.Success;
        }));
        return command;
    }
}
