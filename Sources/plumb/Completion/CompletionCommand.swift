import ArgumentParser
import PlumbShow

/// The command `plumb completion`.
struct CompletionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion",
        abstract: "Print the script that completes commands, containers, networks and ports in a shell.",
        discussion: """
            Examples:
              plumb completion bash >/etc/bash_completion.d/plumb
              plumb completion zsh >/usr/local/share/zsh/site-functions/_plumb
              plumb completion fish >/etc/fish/completions/plumb.fish
            """
    )

    @Argument(help: "The shell: bash, zsh or fish.")
    var shell: CompletionScript

    func run() throws {
        try failing { try Output.write([shell.text]) }
    }
}

/// A script that has a shell ask `plumb complete` what a word may be.
enum CompletionScript: String, CaseIterable, ExpressibleByArgument {
    case bash
    case zsh
    case fish

    var text: String {
        switch self {
        case .bash: Self.bashText
        case .zsh: Self.zshText
        case .fish: Self.fishText
        }
    }

    private static let bashText = #"""
        # Completion of plumb for bash.
        _plumb() {
            local word line
            word=${COMP_WORDS[COMP_CWORD]}
            COMPREPLY=()
            while IFS= read -r line; do
                case $line in
                :directories) compopt -o filenames; mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "$word") ;;
                :files) compopt -o filenames; mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$word") ;;
                *) COMPREPLY+=("${line%%$'\t'*}") ;;
                esac
            done < <("${COMP_WORDS[0]}" complete "${COMP_WORDS[@]:0:COMP_CWORD+1}" 2>/dev/null)
        }
        complete -F _plumb plumb
        """#

    private static let zshText = #"""
        #compdef plumb
        # Completion of plumb for zsh.
        _plumb() {
            local line
            local -a found
            for line in ${(f)"$("${words[1]}" complete "${(@)words[1,CURRENT]}" 2>/dev/null)"}; do
                case $line in
                :directories) _files -/ ;;
                :files) _files ;;
                *) found+=("${line%%$'\t'*}") ;;
                esac
            done
            compadd -a found
        }
        if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
            _plumb "$@"
        else
            compdef _plumb plumb
        fi
        """#

    private static let fishText = #"""
        # Completion of plumb for fish.
        function __plumb_complete
            set -l words (commandline -opc) (commandline -ct)
            for line in ($words[1] complete $words 2>/dev/null)
                switch $line
                    case ':directories'
                        __fish_complete_directories $words[-1]
                    case ':files'
                        __fish_complete_path $words[-1]
                    case '*'
                        echo $line
                end
            end
        end
        complete -c plumb -f -a '(__plumb_complete)'
        """#
}
