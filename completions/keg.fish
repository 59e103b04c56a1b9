# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_keg_global_optspecs
    string join \n workspace= branch= environment= context= format= q/quiet v/verbose list h/help V/version
end

function __fish_keg_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_keg_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_keg_using_subcommand
    set -l cmd (__fish_keg_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c keg -n "__fish_keg_needs_command" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_needs_command" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_needs_command" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_needs_command" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_needs_command" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_needs_command" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_needs_command" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_needs_command" -l list -d 'Lists all commands and the plugins on PATH'
complete -c keg -n "__fish_keg_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_needs_command" -s V -l version -d 'Print version'
complete -c keg -n "__fish_keg_needs_command" -f -a "init" -d 'Makes a workspace, or a keg.yml for the Dockerfiles that are there'
complete -c keg -n "__fish_keg_needs_command" -f -a "status" -d 'Shows each image: fresh or stale, on the engine or in the registry'
complete -c keg -n "__fish_keg_needs_command" -f -a "graph" -d 'Shows which image is built on which'
complete -c keg -n "__fish_keg_needs_command" -f -a "why" -d 'Shows what has changed since an image was built'
complete -c keg -n "__fish_keg_needs_command" -f -a "config" -d 'Shows the effective settings and where each comes from'
complete -c keg -n "__fish_keg_needs_command" -f -a "resolve" -d 'Shows the full form of references, and what would be built and started'
complete -c keg -n "__fish_keg_needs_command" -f -a "doctor" -d 'Checks engine, Compose, registry, credentials, git and disk'
complete -c keg -n "__fish_keg_needs_command" -f -a "schema" -d 'Prints the JSON Schema of keg.yml, image.yml, tap.yml, or of what plugins get'
complete -c keg -n "__fish_keg_needs_command" -f -a "build" -d 'Builds what has changed, and tags it with the branch'
complete -c keg -n "__fish_keg_needs_command" -f -a "bake" -d 'Prints what is to be built, as `docker buildx bake` takes it'
complete -c keg -n "__fish_keg_needs_command" -f -a "push" -d 'Publishes built images: uploads all, then moves the tags'
complete -c keg -n "__fish_keg_needs_command" -f -a "pull" -d 'Pulls images by their branch tag, else by the default tag'
complete -c keg -n "__fish_keg_needs_command" -f -a "tag" -d 'Gives built images further tags'
complete -c keg -n "__fish_keg_needs_command" -f -a "test" -d 'Runs the tests of built images'
complete -c keg -n "__fish_keg_needs_command" -f -a "manifest" -d 'Describes built images: digest, parents, layers, sizes, and what their `info` commands print'
complete -c keg -n "__fish_keg_needs_command" -f -a "update" -d 'Locks images from outside to what their registries have now'
complete -c keg -n "__fish_keg_needs_command" -f -a "promote" -d 'Gives published images a second tag, all of them or none'
complete -c keg -n "__fish_keg_needs_command" -f -a "prune" -d 'Removes images that nothing needs, from the engine and the registry'
complete -c keg -n "__fish_keg_needs_command" -f -a "docs" -d 'Makes pages about images, graph and builds'
complete -c keg -n "__fish_keg_needs_command" -f -a "ci" -d 'Does in CI what an event asks for'
complete -c keg -n "__fish_keg_needs_command" -f -a "tap" -d 'Makes, lists and links taps'
complete -c keg -n "__fish_keg_needs_command" -f -a "start" -d 'Starts taps, after pulling the newest image'
complete -c keg -n "__fish_keg_needs_command" -f -a "stop" -d 'Stops running taps'
complete -c keg -n "__fish_keg_needs_command" -f -a "restart" -d 'Stops and starts a tap'
complete -c keg -n "__fish_keg_needs_command" -f -a "logs" -d 'Shows what a tap\'s containers print'
complete -c keg -n "__fish_keg_needs_command" -f -a "exec" -d 'Runs a command in a running tap, or in an image'
complete -c keg -n "__fish_keg_needs_command" -f -a "attach" -d 'Joins the terminal of a tap\'s main process'
complete -c keg -n "__fish_keg_needs_command" -f -a "package" -d 'Makes an image of a running tap, with all that was changed in it'
complete -c keg -n "__fish_keg_needs_command" -f -a "deploy" -d 'Deploys taps to a Swarm, with a rolling update that goes back when it fails'
complete -c keg -n "__fish_keg_needs_command" -f -a "run" -d 'Runs a task of a tap or of the workspace'
complete -c keg -n "__fish_keg_needs_command" -f -a "env" -d 'Shows a tap\'s variables, where each comes from and what it hides'
complete -c keg -n "__fish_keg_needs_command" -f -a "ps" -d 'Lists running taps'
complete -c keg -n "__fish_keg_needs_command" -f -a "open" -d 'Opens a running tap in the browser'
complete -c keg -n "__fish_keg_needs_command" -f -a "proxy" -d 'Gives running taps names instead of ports'
complete -c keg -n "__fish_keg_needs_command" -f -a "watch" -d 'Copies files into running taps as they change'
complete -c keg -n "__fish_keg_needs_command" -f -a "login" -d 'Stores the credentials of a registry'
complete -c keg -n "__fish_keg_needs_command" -f -a "logout" -d 'Forgets the credentials of a registry'
complete -c keg -n "__fish_keg_needs_command" -f -a "registry" -d 'Runs a registry on this machine'
complete -c keg -n "__fish_keg_needs_command" -f -a "completions" -d 'Prints the completion script of a shell'
complete -c keg -n "__fish_keg_needs_command" -f -a "man" -d 'Prints or writes the manual pages'
complete -c keg -n "__fish_keg_needs_command" -f -a "docker" -d '`keg docker build` and the like: the old names'
complete -c keg -n "__fish_keg_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c keg -n "__fish_keg_using_subcommand init" -l registry -d 'The registry and namespace that images are published to, as ghcr.io/my-team' -r
complete -c keg -n "__fish_keg_using_subcommand init" -l from -d 'Reads the description that another system keeps: spec.yml of a DataHub stack, with change_ignore.json beside it' -r -F
complete -c keg -n "__fish_keg_using_subcommand init" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand init" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand init" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand init" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand init" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand init" -l dry-run -d 'Shows keg.yml, and writes nothing'
complete -c keg -n "__fish_keg_using_subcommand init" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand init" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand status" -l plan -d 'Only the images of this plan of keg.yml; all plans if none is named' -r
complete -c keg -n "__fish_keg_using_subcommand status" -l kind -d 'Only images of this kind; may be given several times' -r -f -a "base\t'What everything else is built on'
hub\t'Built on a base, and built upon'
tap\t'A service or module that people work on'"
complete -c keg -n "__fish_keg_using_subcommand status" -l changed -d 'Only images of which something has changed since the branch parted from REV, committed or not [default of REV: the default branch]' -r
complete -c keg -n "__fish_keg_using_subcommand status" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand status" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand status" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand status" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand status" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand status" -l offline -d 'Asks no registry'
complete -c keg -n "__fish_keg_using_subcommand status" -l and-dependents -d 'Also everything that is built on these images'
complete -c keg -n "__fish_keg_using_subcommand status" -l and-parents -d 'Also everything that these images are built on'
complete -c keg -n "__fish_keg_using_subcommand status" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand status" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand graph" -l plan -d 'Only the images of this plan of keg.yml; all plans if none is named' -r
complete -c keg -n "__fish_keg_using_subcommand graph" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand graph" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand graph" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand graph" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand graph" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand graph" -l stale -d 'Asks the engine, and marks the images that are to be built; with --format svg'
complete -c keg -n "__fish_keg_using_subcommand graph" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand graph" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand graph" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand why" -l plan -d 'Only the images of this plan of keg.yml; all plans if none is named' -r
complete -c keg -n "__fish_keg_using_subcommand why" -l kind -d 'Only images of this kind; may be given several times' -r -f -a "base\t'What everything else is built on'
hub\t'Built on a base, and built upon'
tap\t'A service or module that people work on'"
complete -c keg -n "__fish_keg_using_subcommand why" -l changed -d 'Only images of which something has changed since the branch parted from REV, committed or not [default of REV: the default branch]' -r
complete -c keg -n "__fish_keg_using_subcommand why" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand why" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand why" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand why" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand why" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand why" -l offline -d 'Asks no registry: compares with what the engine has'
complete -c keg -n "__fish_keg_using_subcommand why" -l and-dependents -d 'Also everything that is built on these images'
complete -c keg -n "__fish_keg_using_subcommand why" -l and-parents -d 'Also everything that these images are built on'
complete -c keg -n "__fish_keg_using_subcommand why" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand why" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand why" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand config" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand config" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand config" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand config" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand config" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand config" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand config" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand config" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand resolve" -l plan -d 'Only the images of this plan of keg.yml; all plans if none is named' -r
complete -c keg -n "__fish_keg_using_subcommand resolve" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand resolve" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand resolve" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand resolve" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand resolve" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand resolve" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand resolve" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand resolve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand doctor" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand doctor" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand doctor" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand doctor" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand doctor" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand doctor" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand doctor" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand schema" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand schema" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand schema" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand schema" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand schema" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand schema" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand schema" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand schema" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand build" -l plan -d 'Only the images of this plan of keg.yml; all plans if none is named' -r
complete -c keg -n "__fish_keg_using_subcommand build" -s t -l tag -d 'A further tag beside the branch tag; may have {branch} {sha} {sha7} {date} {version} {prefix} {plan}' -r
complete -c keg -n "__fish_keg_using_subcommand build" -l junit -d 'Writes what became of the tests into this file, as JUnit\'s XML' -r -F
complete -c keg -n "__fish_keg_using_subcommand build" -l base -d 'Builds the named images on this image instead' -r
complete -c keg -n "__fish_keg_using_subcommand build" -l build-arg -d 'Sets a build arg of the named images' -r
complete -c keg -n "__fish_keg_using_subcommand build" -l secret -d 'Gives a secret to the builds: id=NAME,src=FILE or id=NAME,env=VARIABLE' -r
complete -c keg -n "__fish_keg_using_subcommand build" -s j -l jobs -d 'How many builds, and how many transfers, run at once [default: the number of processors; 8 transfers]' -r
complete -c keg -n "__fish_keg_using_subcommand build" -l report -d 'Writes a page about this run: what was done, how long each step took, what failed' -r -F
complete -c keg -n "__fish_keg_using_subcommand build" -l builder -d 'Has this builder of `docker buildx` build, for all platforms when it publishes [default: builder of keg.yml]' -r
complete -c keg -n "__fish_keg_using_subcommand build" -l kind -d 'Only images of this kind; may be given several times' -r -f -a "base\t'What everything else is built on'
hub\t'Built on a base, and built upon'
tap\t'A service or module that people work on'"
complete -c keg -n "__fish_keg_using_subcommand build" -l changed -d 'Only images of which something has changed since the branch parted from REV, committed or not [default of REV: the default branch]' -r
complete -c keg -n "__fish_keg_using_subcommand build" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand build" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand build" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand build" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand build" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand build" -l push -d 'Publishes the images when all are built'
complete -c keg -n "__fish_keg_using_subcommand build" -l test -d 'Runs the images\' tests; no tag is given or moves before all have passed'
complete -c keg -n "__fish_keg_using_subcommand build" -l no-cache -d 'Rebuilds the images and their descendants without cached layers, changed or not'
complete -c keg -n "__fish_keg_using_subcommand build" -l manifest -d 'Describes the images when they are built and tagged, as keg manifest does; with --push also in the registry'
complete -c keg -n "__fish_keg_using_subcommand build" -l force -d 'Overwrites a tag that another branch made'
complete -c keg -n "__fish_keg_using_subcommand build" -l locked -d 'Fails if keg.lock would change'
complete -c keg -n "__fish_keg_using_subcommand build" -l offline -d 'Asks no registry: what is needed has to be on the engine'
complete -c keg -n "__fish_keg_using_subcommand build" -l dry-run -d 'Shows what would be done, and does nothing'
complete -c keg -n "__fish_keg_using_subcommand build" -l no-builder -d 'Builds with the engine, whatever keg.yml says'
complete -c keg -n "__fish_keg_using_subcommand build" -l and-dependents -d 'Also everything that is built on these images'
complete -c keg -n "__fish_keg_using_subcommand build" -l and-parents -d 'Also everything that these images are built on'
complete -c keg -n "__fish_keg_using_subcommand build" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand build" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand build" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand bake" -l plan -d 'Only the images of this plan of keg.yml; all plans if none is named' -r
complete -c keg -n "__fish_keg_using_subcommand bake" -l secret -d 'Gives a secret to the builds: id=NAME,src=FILE or id=NAME,env=VARIABLE' -r
complete -c keg -n "__fish_keg_using_subcommand bake" -l builder -d 'Has this builder of `docker buildx` build, for all platforms when it publishes [default: builder of keg.yml]' -r
complete -c keg -n "__fish_keg_using_subcommand bake" -l kind -d 'Only images of this kind; may be given several times' -r -f -a "base\t'What everything else is built on'
hub\t'Built on a base, and built upon'
tap\t'A service or module that people work on'"
complete -c keg -n "__fish_keg_using_subcommand bake" -l changed -d 'Only images of which something has changed since the branch parted from REV, committed or not [default of REV: the default branch]' -r
complete -c keg -n "__fish_keg_using_subcommand bake" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand bake" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand bake" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand bake" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand bake" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand bake" -l all -d 'Contains the images too that are built already'
complete -c keg -n "__fish_keg_using_subcommand bake" -l push -d 'Has the images uploaded under their content tags'
complete -c keg -n "__fish_keg_using_subcommand bake" -l no-builder -d 'Builds with the engine, whatever keg.yml says'
complete -c keg -n "__fish_keg_using_subcommand bake" -l and-dependents -d 'Also everything that is built on these images'
complete -c keg -n "__fish_keg_using_subcommand bake" -l and-parents -d 'Also everything that these images are built on'
complete -c keg -n "__fish_keg_using_subcommand bake" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand bake" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand bake" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand push" -l plan -d 'Only the images of this plan of keg.yml; all plans if none is named' -r
complete -c keg -n "__fish_keg_using_subcommand push" -s t -l tag -d 'A further tag beside the branch tag' -r
complete -c keg -n "__fish_keg_using_subcommand push" -s j -l jobs -d 'How many uploads run at once [default: 8]' -r
complete -c keg -n "__fish_keg_using_subcommand push" -l kind -d 'Only images of this kind; may be given several times' -r -f -a "base\t'What everything else is built on'
hub\t'Built on a base, and built upon'
tap\t'A service or module that people work on'"
complete -c keg -n "__fish_keg_using_subcommand push" -l changed -d 'Only images of which something has changed since the branch parted from REV, committed or not [default of REV: the default branch]' -r
complete -c keg -n "__fish_keg_using_subcommand push" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand push" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand push" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand push" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand push" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand push" -l manifest -d 'Describes the images in the registry too, as keg manifest --push does'
complete -c keg -n "__fish_keg_using_subcommand push" -l force -d 'Overwrites a tag that another branch made'
complete -c keg -n "__fish_keg_using_subcommand push" -l locked -d 'Fails if keg.lock does not name every image from outside that the images are built on'
complete -c keg -n "__fish_keg_using_subcommand push" -l dry-run -d 'Shows what would be done, and does nothing'
complete -c keg -n "__fish_keg_using_subcommand push" -l and-dependents -d 'Also everything that is built on these images'
complete -c keg -n "__fish_keg_using_subcommand push" -l and-parents -d 'Also everything that these images are built on'
complete -c keg -n "__fish_keg_using_subcommand push" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand push" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand push" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand pull" -l plan -d 'Only the images of this plan of keg.yml; all plans if none is named' -r
complete -c keg -n "__fish_keg_using_subcommand pull" -s t -l tag -d 'The tag to pull, instead of the branch tag, else the default tag; may have {prefix} {plan}' -r
complete -c keg -n "__fish_keg_using_subcommand pull" -s j -l jobs -d 'How many pulls run at once [default: 8]' -r
complete -c keg -n "__fish_keg_using_subcommand pull" -l kind -d 'Only images of this kind; may be given several times' -r -f -a "base\t'What everything else is built on'
hub\t'Built on a base, and built upon'
tap\t'A service or module that people work on'"
complete -c keg -n "__fish_keg_using_subcommand pull" -l changed -d 'Only images of which something has changed since the branch parted from REV, committed or not [default of REV: the default branch]' -r
complete -c keg -n "__fish_keg_using_subcommand pull" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand pull" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand pull" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand pull" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand pull" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand pull" -l dry-run -d 'Shows what would be done, and does nothing'
complete -c keg -n "__fish_keg_using_subcommand pull" -l and-dependents -d 'Also everything that is built on these images'
complete -c keg -n "__fish_keg_using_subcommand pull" -l and-parents -d 'Also everything that these images are built on'
complete -c keg -n "__fish_keg_using_subcommand pull" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand pull" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand pull" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand tag" -l plan -d 'Only the images of this plan of keg.yml; all plans if none is named' -r
complete -c keg -n "__fish_keg_using_subcommand tag" -s t -l tag -d 'The tag; may have {branch} {sha} {sha7} {date} {version} {prefix} {plan}' -r
complete -c keg -n "__fish_keg_using_subcommand tag" -l kind -d 'Only images of this kind; may be given several times' -r -f -a "base\t'What everything else is built on'
hub\t'Built on a base, and built upon'
tap\t'A service or module that people work on'"
complete -c keg -n "__fish_keg_using_subcommand tag" -l changed -d 'Only images of which something has changed since the branch parted from REV, committed or not [default of REV: the default branch]' -r
complete -c keg -n "__fish_keg_using_subcommand tag" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand tag" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand tag" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand tag" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand tag" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand tag" -l push -d 'Gives the tags in the registry too'
complete -c keg -n "__fish_keg_using_subcommand tag" -l force -d 'Overwrites a tag that another branch made'
complete -c keg -n "__fish_keg_using_subcommand tag" -l dry-run -d 'Shows what would be done, and does nothing'
complete -c keg -n "__fish_keg_using_subcommand tag" -l and-dependents -d 'Also everything that is built on these images'
complete -c keg -n "__fish_keg_using_subcommand tag" -l and-parents -d 'Also everything that these images are built on'
complete -c keg -n "__fish_keg_using_subcommand tag" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand tag" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand tag" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand test" -l plan -d 'Only the images of this plan of keg.yml; all plans if none is named' -r
complete -c keg -n "__fish_keg_using_subcommand test" -s k -l only -d 'Runs only tests with this text in their names' -r
complete -c keg -n "__fish_keg_using_subcommand test" -s j -l jobs -d 'How many tests run at once [default: the number of processors]' -r
complete -c keg -n "__fish_keg_using_subcommand test" -l junit -d 'Writes what became of the tests into this file, as JUnit\'s XML' -r -F
complete -c keg -n "__fish_keg_using_subcommand test" -l kind -d 'Only images of this kind; may be given several times' -r -f -a "base\t'What everything else is built on'
hub\t'Built on a base, and built upon'
tap\t'A service or module that people work on'"
complete -c keg -n "__fish_keg_using_subcommand test" -l changed -d 'Only images of which something has changed since the branch parted from REV, committed or not [default of REV: the default branch]' -r
complete -c keg -n "__fish_keg_using_subcommand test" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand test" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand test" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand test" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand test" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand test" -l list -d 'Lists the tests, also those that are run by hand, and runs none'
complete -c keg -n "__fish_keg_using_subcommand test" -l dry-run -d 'Shows what would be run, and runs nothing'
complete -c keg -n "__fish_keg_using_subcommand test" -l and-dependents -d 'Also everything that is built on these images'
complete -c keg -n "__fish_keg_using_subcommand test" -l and-parents -d 'Also everything that these images are built on'
complete -c keg -n "__fish_keg_using_subcommand test" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand test" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand test" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand manifest" -l plan -d 'Only the images of this plan of keg.yml; all plans if none is named' -r
complete -c keg -n "__fish_keg_using_subcommand manifest" -s j -l jobs -d 'How many commands run at once [default: the number of processors]' -r
complete -c keg -n "__fish_keg_using_subcommand manifest" -l kind -d 'Only images of this kind; may be given several times' -r -f -a "base\t'What everything else is built on'
hub\t'Built on a base, and built upon'
tap\t'A service or module that people work on'"
complete -c keg -n "__fish_keg_using_subcommand manifest" -l changed -d 'Only images of which something has changed since the branch parted from REV, committed or not [default of REV: the default branch]' -r
complete -c keg -n "__fish_keg_using_subcommand manifest" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand manifest" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand manifest" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand manifest" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand manifest" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand manifest" -l push -d 'Stores the manifests in the registry too, beside their images'
complete -c keg -n "__fish_keg_using_subcommand manifest" -l dry-run -d 'Shows what would be run, and does nothing'
complete -c keg -n "__fish_keg_using_subcommand manifest" -l and-dependents -d 'Also everything that is built on these images'
complete -c keg -n "__fish_keg_using_subcommand manifest" -l and-parents -d 'Also everything that these images are built on'
complete -c keg -n "__fish_keg_using_subcommand manifest" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand manifest" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand manifest" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand update" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand update" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand update" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand update" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand update" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand update" -l dry-run -d 'Shows what would change, and writes nothing'
complete -c keg -n "__fish_keg_using_subcommand update" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand update" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand update" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand promote" -l plan -d 'Only the images of this plan of keg.yml; all plans if none is named' -r
complete -c keg -n "__fish_keg_using_subcommand promote" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand promote" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand promote" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand promote" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand promote" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand promote" -l all-plans -d 'The variants of all plans, also where the first tag has the prefix of one'
complete -c keg -n "__fish_keg_using_subcommand promote" -l dry-run -d 'Shows what would be done, and does nothing'
complete -c keg -n "__fish_keg_using_subcommand promote" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand promote" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand promote" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand prune" -l plan -d 'Only the images of this plan of keg.yml; all plans if none is named' -r
complete -c keg -n "__fish_keg_using_subcommand prune" -l keep -d 'How many images of each branch are kept, the newest' -r
complete -c keg -n "__fish_keg_using_subcommand prune" -l older-than -d 'Keeps what is younger: 90m, 2h, 30d, 8w' -r
complete -c keg -n "__fish_keg_using_subcommand prune" -s t -l tag -d 'Removes tags like this too if they are of no branch that exists; * and ? stand for any characters' -r
complete -c keg -n "__fish_keg_using_subcommand prune" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand prune" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand prune" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand prune" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand prune" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand prune" -l local -d 'Cleans up the engine, and the registry only with --remote'
complete -c keg -n "__fish_keg_using_subcommand prune" -l remote -d 'Cleans up the registry, and the engine only with --local'
complete -c keg -n "__fish_keg_using_subcommand prune" -l fetched -d 'Goes by the branches that were last fetched, and does not ask the git remotes'
complete -c keg -n "__fish_keg_using_subcommand prune" -s y -l yes -d 'Does not ask before it removes'
complete -c keg -n "__fish_keg_using_subcommand prune" -l dry-run -d 'Shows what would be removed, and removes nothing'
complete -c keg -n "__fish_keg_using_subcommand prune" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand prune" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand prune" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand docs" -s o -l output -d 'The folder that gets the pages [default: .keg/docs in the workspace]' -r -F
complete -c keg -n "__fish_keg_using_subcommand docs" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand docs" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand docs" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand docs" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand docs" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand docs" -l open -d 'Opens the first page in the browser'
complete -c keg -n "__fish_keg_using_subcommand docs" -l dry-run -d 'Shows which files would be written, and writes none'
complete -c keg -n "__fish_keg_using_subcommand docs" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand docs" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand docs" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand ci; and not __fish_seen_subcommand_from plan run init activate deactivate check help" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand ci; and not __fish_seen_subcommand_from plan run init activate deactivate check help" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand ci; and not __fish_seen_subcommand_from plan run init activate deactivate check help" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand ci; and not __fish_seen_subcommand_from plan run init activate deactivate check help" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand ci; and not __fish_seen_subcommand_from plan run init activate deactivate check help" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand ci; and not __fish_seen_subcommand_from plan run init activate deactivate check help" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand ci; and not __fish_seen_subcommand_from plan run init activate deactivate check help" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand ci; and not __fish_seen_subcommand_from plan run init activate deactivate check help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand ci; and not __fish_seen_subcommand_from plan run init activate deactivate check help" -f -a "plan" -d 'Shows what a run of CI does with each image, and why'
complete -c keg -n "__fish_keg_using_subcommand ci; and not __fish_seen_subcommand_from plan run init activate deactivate check help" -f -a "run" -d 'Builds, tests and publishes what the event asks for'
complete -c keg -n "__fish_keg_using_subcommand ci; and not __fish_seen_subcommand_from plan run init activate deactivate check help" -f -a "init" -d 'Writes the workflows of GitHub for this workspace, or writes them anew'
complete -c keg -n "__fish_keg_using_subcommand ci; and not __fish_seen_subcommand_from plan run init activate deactivate check help" -f -a "activate" -d 'Lets changes start the workflows of images'
complete -c keg -n "__fish_keg_using_subcommand ci; and not __fish_seen_subcommand_from plan run init activate deactivate check help" -f -a "deactivate" -d 'Leaves the workflows of images to be started by hand'
complete -c keg -n "__fish_keg_using_subcommand ci; and not __fish_seen_subcommand_from plan run init activate deactivate check help" -f -a "check" -d 'Checks that workflows are up to date, that no environment file is forgotten, and the two-step rule'
complete -c keg -n "__fish_keg_using_subcommand ci; and not __fish_seen_subcommand_from plan run init activate deactivate check help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from plan" -l event -d 'What has happened [default: what the CI system\'s variables say]' -r -f -a "auto\t'What the CI system\'s variables say'
pull_request\t'A proposed change'
push\t'Commits on a branch'
release\t'A version that is published'
schedule\t'The time has come'
manual\t'Somebody asked for it'"
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from plan" -l base -d 'The commit or branch that a pull request is compared with' -r
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from plan" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from plan" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from plan" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from plan" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from plan" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from plan" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from plan" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from plan" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from run" -l event -d 'What has happened [default: what the CI system\'s variables say]' -r -f -a "auto\t'What the CI system\'s variables say'
pull_request\t'A proposed change'
push\t'Commits on a branch'
release\t'A version that is published'
schedule\t'The time has come'
manual\t'Somebody asked for it'"
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from run" -l base -d 'The commit or branch that a pull request is compared with' -r
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from run" -l stage -d 'The part of the work [default: both, one after the other]' -r -f -a "build\t'Builds and tests images, and uploads them under their content tags where the event publishes'
publish\t'Moves the tags of what is built'"
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from run" -l junit -d 'Writes what became of the tests into this file, as JUnit\'s XML' -r -F
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from run" -l secret -d 'Gives a secret to the builds: id=NAME,src=FILE or id=NAME,env=VARIABLE' -r
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from run" -s j -l jobs -d 'How many builds, and how many transfers, run at once [default: the number of processors; 8 transfers]' -r
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from run" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from run" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from run" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from run" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from run" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from run" -l dry-run -d 'Shows what would be done, and does nothing'
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from run" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from run" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from init" -l style -d 'One workflow for all, or one for each image [default: one, or as before]' -r -f -a "one\t'One workflow that plans, and builds level by level what is to be built'
per-image\t'A workflow for each image, inactive until keg ci activate'"
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from init" -l registry -d 'How workflows log in at the registry [default: what the registry of keg.yml needs]' -r -f -a "ghcr\t'GitHub\'s, with the workflow\'s own token'
ecr\t'Amazon\'s, with a role that GitHub\'s identity may take: the variable KEG_AWS_ROLE'
ecr-public\t'Amazon\'s public one, in the same way'
generic\t'Any, with the secrets KEG_REGISTRY_USER and KEG_REGISTRY_PASSWORD'"
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from init" -l install -d 'The shell command that installs keg in a workflow: to $CARGO_INSTALL_ROOT/bin, or anywhere on the PATH' -r
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from init" -l default-branch -d 'The branch whose pushes are published [default: default_branch of keg.yml, or what git knows]' -r
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from init" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from init" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from init" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from init" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from init" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from init" -l force -d 'Overwrites workflows that somebody has written or changed by hand'
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from init" -l dry-run -d 'Shows what would be written, and writes nothing'
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from init" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from init" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from activate" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from activate" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from activate" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from activate" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from activate" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from activate" -l all -d 'All images'
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from activate" -l force -d 'Overwrites workflows that somebody has changed by hand'
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from activate" -l dry-run -d 'Shows what would be written, and writes nothing'
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from activate" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from activate" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from activate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from deactivate" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from deactivate" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from deactivate" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from deactivate" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from deactivate" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from deactivate" -l all -d 'All images'
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from deactivate" -l force -d 'Overwrites workflows that somebody has changed by hand'
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from deactivate" -l dry-run -d 'Shows what would be written, and writes nothing'
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from deactivate" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from deactivate" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from deactivate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from check" -l base -d 'What the change is compared with [default: what the pull request is to be merged into, else the default branch]' -r
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from check" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from check" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from check" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from check" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from check" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from check" -l strict -d 'Takes warnings for errors'
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from help" -f -a "plan" -d 'Shows what a run of CI does with each image, and why'
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from help" -f -a "run" -d 'Builds, tests and publishes what the event asks for'
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from help" -f -a "init" -d 'Writes the workflows of GitHub for this workspace, or writes them anew'
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from help" -f -a "activate" -d 'Lets changes start the workflows of images'
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from help" -f -a "deactivate" -d 'Leaves the workflows of images to be started by hand'
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from help" -f -a "check" -d 'Checks that workflows are up to date, that no environment file is forgotten, and the two-step rule'
complete -c keg -n "__fish_keg_using_subcommand ci; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c keg -n "__fish_keg_using_subcommand tap; and not __fish_seen_subcommand_from new list link unlink convert help" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand tap; and not __fish_seen_subcommand_from new list link unlink convert help" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand tap; and not __fish_seen_subcommand_from new list link unlink convert help" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand tap; and not __fish_seen_subcommand_from new list link unlink convert help" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand tap; and not __fish_seen_subcommand_from new list link unlink convert help" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand tap; and not __fish_seen_subcommand_from new list link unlink convert help" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand tap; and not __fish_seen_subcommand_from new list link unlink convert help" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand tap; and not __fish_seen_subcommand_from new list link unlink convert help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand tap; and not __fish_seen_subcommand_from new list link unlink convert help" -f -a "new" -d 'Makes a tap from a template, builds it, tags it with the default tag and publishes it'
complete -c keg -n "__fish_keg_using_subcommand tap; and not __fish_seen_subcommand_from new list link unlink convert help" -f -a "list" -d 'Lists the taps of the workspace and all linked ones'
complete -c keg -n "__fish_keg_using_subcommand tap; and not __fish_seen_subcommand_from new list link unlink convert help" -f -a "link" -d 'Links a tap in another repository, so that its name works in any folder'
complete -c keg -n "__fish_keg_using_subcommand tap; and not __fish_seen_subcommand_from new list link unlink convert help" -f -a "unlink" -d 'Forgets a linked tap'
complete -c keg -n "__fish_keg_using_subcommand tap; and not __fish_seen_subcommand_from new list link unlink convert help" -f -a "convert" -d 'Writes the tap.yml of a tap of the Keg CLI'
complete -c keg -n "__fish_keg_using_subcommand tap; and not __fish_seen_subcommand_from new list link unlink convert help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from new" -s t -l template -d 'blank, web or module' -r
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from new" -l alias -d 'A second name for the command line' -r
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from new" -l base -d 'The image that it is built on [default: tap_base of keg.yml]' -r
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from new" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from new" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from new" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from new" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from new" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from new" -l no-build -d 'Only writes the folder'
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from new" -l no-push -d 'Does not publish the image'
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from new" -l dry-run -d 'Shows what would be written, and does nothing'
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from new" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from new" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from new" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from list" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from list" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from list" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from list" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from list" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from link" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from link" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from link" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from link" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from link" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from link" -l dry-run -d 'Shows what would be linked, and writes nothing'
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from link" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from link" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from link" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from unlink" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from unlink" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from unlink" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from unlink" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from unlink" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from unlink" -l dry-run -d 'Shows what would be unlinked, and writes nothing'
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from unlink" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from unlink" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from unlink" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from convert" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from convert" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from convert" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from convert" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from convert" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from convert" -l dry-run -d 'Shows what would be written, and writes nothing'
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from convert" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from convert" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from convert" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from help" -f -a "new" -d 'Makes a tap from a template, builds it, tags it with the default tag and publishes it'
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from help" -f -a "list" -d 'Lists the taps of the workspace and all linked ones'
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from help" -f -a "link" -d 'Links a tap in another repository, so that its name works in any folder'
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from help" -f -a "unlink" -d 'Forgets a linked tap'
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from help" -f -a "convert" -d 'Writes the tap.yml of a tap of the Keg CLI'
complete -c keg -n "__fish_keg_using_subcommand tap; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c keg -n "__fish_keg_using_subcommand start" -l from -d 'Starts this image: NAME:TAG of this workspace, or any reference' -r
complete -c keg -n "__fish_keg_using_subcommand start" -l plan -d 'Starts the image of this plan [default: the first in keg.yml that the tap has]' -r
complete -c keg -n "__fish_keg_using_subcommand start" -l pull -d 'When the image is pulled before' -r -f -a "newer\t'When the registry has another one than the engine'
always\t'Every time; without the registry nothing starts'
missing\t'When the engine has none'
never\t'Never'"
complete -c keg -n "__fish_keg_using_subcommand start" -s e -l env -d 'Sets a variable for Compose and for the container; NAME alone takes the value that keg has' -r
complete -c keg -n "__fish_keg_using_subcommand start" -l timeout -d 'How many seconds the containers have to come up' -r
complete -c keg -n "__fish_keg_using_subcommand start" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand start" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand start" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand start" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand start" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand start" -l build -d 'Builds the tap first, if anything has changed'
complete -c keg -n "__fish_keg_using_subcommand start" -l attach -d 'Shows what the containers print, until Ctrl-C'
complete -c keg -n "__fish_keg_using_subcommand start" -l watch -d 'Copies files into the taps as they change, until Ctrl-C'
complete -c keg -n "__fish_keg_using_subcommand start" -l force-sync -d 'Watches also where that overwrites another branch\'s work in the container'
complete -c keg -n "__fish_keg_using_subcommand start" -l rollback -d 'Removes the containers again when they do not come up'
complete -c keg -n "__fish_keg_using_subcommand start" -l dry-run -d 'Shows what would be done, and does nothing'
complete -c keg -n "__fish_keg_using_subcommand start" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand start" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand start" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand stop" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand stop" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand stop" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand stop" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand stop" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand stop" -s a -l all -d 'Stops all branches of the taps, or everything if no tap is named'
complete -c keg -n "__fish_keg_using_subcommand stop" -l dry-run -d 'Shows what would be stopped, and does nothing'
complete -c keg -n "__fish_keg_using_subcommand stop" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand stop" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand stop" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand restart" -l from -d 'Starts this image: NAME:TAG of this workspace, or any reference' -r
complete -c keg -n "__fish_keg_using_subcommand restart" -l plan -d 'Starts the image of this plan [default: the first in keg.yml that the tap has]' -r
complete -c keg -n "__fish_keg_using_subcommand restart" -l pull -d 'When the image is pulled before' -r -f -a "newer\t'When the registry has another one than the engine'
always\t'Every time; without the registry nothing starts'
missing\t'When the engine has none'
never\t'Never'"
complete -c keg -n "__fish_keg_using_subcommand restart" -s e -l env -d 'Sets a variable for Compose and for the container; NAME alone takes the value that keg has' -r
complete -c keg -n "__fish_keg_using_subcommand restart" -l timeout -d 'How many seconds the containers have to come up' -r
complete -c keg -n "__fish_keg_using_subcommand restart" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand restart" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand restart" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand restart" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand restart" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand restart" -l build -d 'Builds the tap first, if anything has changed'
complete -c keg -n "__fish_keg_using_subcommand restart" -l attach -d 'Shows what the containers print, until Ctrl-C'
complete -c keg -n "__fish_keg_using_subcommand restart" -l watch -d 'Copies files into the taps as they change, until Ctrl-C'
complete -c keg -n "__fish_keg_using_subcommand restart" -l force-sync -d 'Watches also where that overwrites another branch\'s work in the container'
complete -c keg -n "__fish_keg_using_subcommand restart" -l rollback -d 'Removes the containers again when they do not come up'
complete -c keg -n "__fish_keg_using_subcommand restart" -l dry-run -d 'Shows what would be done, and does nothing'
complete -c keg -n "__fish_keg_using_subcommand restart" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand restart" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand restart" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand logs" -s n -l tail -d 'Shows only so many of the last lines of each container or service' -r
complete -c keg -n "__fish_keg_using_subcommand logs" -l since -d 'Shows only what was printed since then: 10m, 1h30m, 2026-11-21T09:30:00Z' -r
complete -c keg -n "__fish_keg_using_subcommand logs" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand logs" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand logs" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand logs" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand logs" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand logs" -s f -l follow -d 'Goes on showing what is printed'
complete -c keg -n "__fish_keg_using_subcommand logs" -s t -l timestamps -d 'Shows when each line was printed'
complete -c keg -n "__fish_keg_using_subcommand logs" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand logs" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand logs" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand exec" -l image -d 'Runs the command in a new container of this image: NAME, NAME:TAG of this workspace, or any reference' -r
complete -c keg -n "__fish_keg_using_subcommand exec" -l mount -d 'Mounts this folder or file instead of the work tree, at its own path or at PATH; :ro lets it only be read' -r -F
complete -c keg -n "__fish_keg_using_subcommand exec" -l pull -d 'When the image is pulled before' -r -f -a "newer\t'When the registry has another one than the engine'
always\t'Every time; without the registry nothing starts'
missing\t'When the engine has none'
never\t'Never'"
complete -c keg -n "__fish_keg_using_subcommand exec" -l entrypoint -d 'Runs this program with the command as its arguments, instead of the image\'s entrypoint; \'\' for none' -r
complete -c keg -n "__fish_keg_using_subcommand exec" -s s -l service -d 'The service; without it, the one that runs the tap\'s image' -r
complete -c keg -n "__fish_keg_using_subcommand exec" -s u -l user -d 'Runs the command as this user [default with --image: the calling user]' -r
complete -c keg -n "__fish_keg_using_subcommand exec" -s w -l workdir -d 'Runs the command in this folder of the container; with --image a relative one counts from the current folder' -r
complete -c keg -n "__fish_keg_using_subcommand exec" -s e -l env -d 'Sets a variable for the command; NAME alone takes the value that keg has' -r
complete -c keg -n "__fish_keg_using_subcommand exec" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand exec" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand exec" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand exec" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand exec" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand exec" -l no-mount -d 'Mounts nothing'
complete -c keg -n "__fish_keg_using_subcommand exec" -l dry-run -d 'Shows what would be done, and does nothing'
complete -c keg -n "__fish_keg_using_subcommand exec" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand exec" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand exec" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand attach" -s s -l service -d 'The service; without it, the one that runs the tap\'s image' -r
complete -c keg -n "__fish_keg_using_subcommand attach" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand attach" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand attach" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand attach" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand attach" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand attach" -l no-signals -d 'Passes on no signals that keg gets'
complete -c keg -n "__fish_keg_using_subcommand attach" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand attach" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand attach" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand package; and not __fish_seen_subcommand_from run help" -s t -l tag -d 'A further tag beside the branch tag' -r
complete -c keg -n "__fish_keg_using_subcommand package; and not __fish_seen_subcommand_from run help" -s s -l service -d 'The service or container, where several run the tap\'s image' -r
complete -c keg -n "__fish_keg_using_subcommand package; and not __fish_seen_subcommand_from run help" -s m -l message -d 'What was changed, for the history of the image' -r
complete -c keg -n "__fish_keg_using_subcommand package; and not __fish_seen_subcommand_from run help" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand package; and not __fish_seen_subcommand_from run help" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand package; and not __fish_seen_subcommand_from run help" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand package; and not __fish_seen_subcommand_from run help" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand package; and not __fish_seen_subcommand_from run help" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand package; and not __fish_seen_subcommand_from run help" -l no-push -d 'Publishes nothing'
complete -c keg -n "__fish_keg_using_subcommand package; and not __fish_seen_subcommand_from run help" -l force -d 'Overwrites a tag that another branch made'
complete -c keg -n "__fish_keg_using_subcommand package; and not __fish_seen_subcommand_from run help" -l dry-run -d 'Shows what would be done, and does nothing'
complete -c keg -n "__fish_keg_using_subcommand package; and not __fish_seen_subcommand_from run help" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand package; and not __fish_seen_subcommand_from run help" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand package; and not __fish_seen_subcommand_from run help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand package; and not __fish_seen_subcommand_from run help" -a "run" -d 'Runs an image by itself, packaged or built, after pulling the newest'
complete -c keg -n "__fish_keg_using_subcommand package; and not __fish_seen_subcommand_from run help" -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c keg -n "__fish_keg_using_subcommand package; and __fish_seen_subcommand_from run" -s e -l env -d 'Sets a variable in the container; NAME alone takes the value that keg has' -r
complete -c keg -n "__fish_keg_using_subcommand package; and __fish_seen_subcommand_from run" -l name -d 'The container\'s name [default: package-IMAGE-TAG]' -r
complete -c keg -n "__fish_keg_using_subcommand package; and __fish_seen_subcommand_from run" -l pull -d 'When the image is pulled before' -r -f -a "newer\t'When the registry has another one than the engine'
always\t'Every time; without the registry nothing starts'
missing\t'When the engine has none'
never\t'Never'"
complete -c keg -n "__fish_keg_using_subcommand package; and __fish_seen_subcommand_from run" -l timeout -d 'How many seconds a detached container has to come up' -r
complete -c keg -n "__fish_keg_using_subcommand package; and __fish_seen_subcommand_from run" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand package; and __fish_seen_subcommand_from run" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand package; and __fish_seen_subcommand_from run" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand package; and __fish_seen_subcommand_from run" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand package; and __fish_seen_subcommand_from run" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand package; and __fish_seen_subcommand_from run" -s d -l detach -d 'Leaves it running, once it is up'
complete -c keg -n "__fish_keg_using_subcommand package; and __fish_seen_subcommand_from run" -l dry-run -d 'Shows what would be done, and does nothing'
complete -c keg -n "__fish_keg_using_subcommand package; and __fish_seen_subcommand_from run" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand package; and __fish_seen_subcommand_from run" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand package; and __fish_seen_subcommand_from run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand package; and __fish_seen_subcommand_from help" -f -a "run" -d 'Runs an image by itself, packaged or built, after pulling the newest'
complete -c keg -n "__fish_keg_using_subcommand package; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c keg -n "__fish_keg_using_subcommand deploy; and not __fish_seen_subcommand_from status logs remove help" -l replicas -d 'How many containers run the tap\'s image [default: the compose file\'s, else 1]' -r
complete -c keg -n "__fish_keg_using_subcommand deploy; and not __fish_seen_subcommand_from status logs remove help" -l from -d 'Deploys this image: NAME:TAG of this workspace, or any reference' -r
complete -c keg -n "__fish_keg_using_subcommand deploy; and not __fish_seen_subcommand_from status logs remove help" -l plan -d 'Deploys the image of this plan [default: the first in keg.yml that the tap has]' -r
complete -c keg -n "__fish_keg_using_subcommand deploy; and not __fish_seen_subcommand_from status logs remove help" -s f -l file -d 'A compose file with what is different in the Swarm, on top of the tap\'s own' -r -F
complete -c keg -n "__fish_keg_using_subcommand deploy; and not __fish_seen_subcommand_from status logs remove help" -s e -l env -d 'Sets a variable for Compose and for the containers; NAME alone takes the value that keg has' -r
complete -c keg -n "__fish_keg_using_subcommand deploy; and not __fish_seen_subcommand_from status logs remove help" -l timeout -d 'How many seconds it may take until all containers run; the Swarm goes on after that' -r
complete -c keg -n "__fish_keg_using_subcommand deploy; and not __fish_seen_subcommand_from status logs remove help" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand deploy; and not __fish_seen_subcommand_from status logs remove help" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand deploy; and not __fish_seen_subcommand_from status logs remove help" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand deploy; and not __fish_seen_subcommand_from status logs remove help" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand deploy; and not __fish_seen_subcommand_from status logs remove help" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand deploy; and not __fish_seen_subcommand_from status logs remove help" -l accept -d 'Leaves out what a stack cannot do, even where the services need it'
complete -c keg -n "__fish_keg_using_subcommand deploy; and not __fish_seen_subcommand_from status logs remove help" -l dry-run -d 'Shows what would be deployed, and does nothing'
complete -c keg -n "__fish_keg_using_subcommand deploy; and not __fish_seen_subcommand_from status logs remove help" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand deploy; and not __fish_seen_subcommand_from status logs remove help" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand deploy; and not __fish_seen_subcommand_from status logs remove help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand deploy; and not __fish_seen_subcommand_from status logs remove help" -a "status" -d 'Shows what is deployed, which image it runs, and on which nodes'
complete -c keg -n "__fish_keg_using_subcommand deploy; and not __fish_seen_subcommand_from status logs remove help" -a "logs" -d 'Shows what the containers of a deployed tap print'
complete -c keg -n "__fish_keg_using_subcommand deploy; and not __fish_seen_subcommand_from status logs remove help" -a "remove" -d 'Removes deployed taps from the Swarm'
complete -c keg -n "__fish_keg_using_subcommand deploy; and not __fish_seen_subcommand_from status logs remove help" -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c keg -n "__fish_keg_using_subcommand deploy; and __fish_seen_subcommand_from status" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand deploy; and __fish_seen_subcommand_from status" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand deploy; and __fish_seen_subcommand_from status" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand deploy; and __fish_seen_subcommand_from status" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand deploy; and __fish_seen_subcommand_from status" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand deploy; and __fish_seen_subcommand_from status" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand deploy; and __fish_seen_subcommand_from status" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand deploy; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand deploy; and __fish_seen_subcommand_from logs" -s n -l tail -d 'Shows only so many of the last lines of each container or service' -r
complete -c keg -n "__fish_keg_using_subcommand deploy; and __fish_seen_subcommand_from logs" -l since -d 'Shows only what was printed since then: 10m, 1h30m, 2026-11-21T09:30:00Z' -r
complete -c keg -n "__fish_keg_using_subcommand deploy; and __fish_seen_subcommand_from logs" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand deploy; and __fish_seen_subcommand_from logs" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand deploy; and __fish_seen_subcommand_from logs" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand deploy; and __fish_seen_subcommand_from logs" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand deploy; and __fish_seen_subcommand_from logs" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand deploy; and __fish_seen_subcommand_from logs" -s f -l follow -d 'Goes on showing what is printed'
complete -c keg -n "__fish_keg_using_subcommand deploy; and __fish_seen_subcommand_from logs" -s t -l timestamps -d 'Shows when each line was printed'
complete -c keg -n "__fish_keg_using_subcommand deploy; and __fish_seen_subcommand_from logs" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand deploy; and __fish_seen_subcommand_from logs" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand deploy; and __fish_seen_subcommand_from logs" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand deploy; and __fish_seen_subcommand_from remove" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand deploy; and __fish_seen_subcommand_from remove" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand deploy; and __fish_seen_subcommand_from remove" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand deploy; and __fish_seen_subcommand_from remove" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand deploy; and __fish_seen_subcommand_from remove" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand deploy; and __fish_seen_subcommand_from remove" -s a -l all -d 'Removes all branches of the taps'
complete -c keg -n "__fish_keg_using_subcommand deploy; and __fish_seen_subcommand_from remove" -l dry-run -d 'Shows what would be removed, and does nothing'
complete -c keg -n "__fish_keg_using_subcommand deploy; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand deploy; and __fish_seen_subcommand_from remove" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand deploy; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand deploy; and __fish_seen_subcommand_from help" -f -a "status" -d 'Shows what is deployed, which image it runs, and on which nodes'
complete -c keg -n "__fish_keg_using_subcommand deploy; and __fish_seen_subcommand_from help" -f -a "logs" -d 'Shows what the containers of a deployed tap print'
complete -c keg -n "__fish_keg_using_subcommand deploy; and __fish_seen_subcommand_from help" -f -a "remove" -d 'Removes deployed taps from the Swarm'
complete -c keg -n "__fish_keg_using_subcommand deploy; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c keg -n "__fish_keg_using_subcommand run" -s e -l env -d 'Sets a variable; NAME alone takes the value that keg has' -r
complete -c keg -n "__fish_keg_using_subcommand run" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand run" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand run" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand run" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand run" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand run" -l dry-run -d 'Shows what would be run, and runs nothing'
complete -c keg -n "__fish_keg_using_subcommand run" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand run" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand env" -s e -l env -d 'Sets a variable; NAME alone takes the value that keg has' -r
complete -c keg -n "__fish_keg_using_subcommand env" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand env" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand env" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand env" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand env" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand env" -l secrets -d 'Shows values that look like secrets'
complete -c keg -n "__fish_keg_using_subcommand env" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand env" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand env" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand ps" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand ps" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand ps" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand ps" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand ps" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand ps" -s a -l all -d 'Lists the taps of all workspaces'
complete -c keg -n "__fish_keg_using_subcommand ps" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand ps" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand ps" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand open" -s s -l service -d 'The service; without it, the one that runs the tap\'s image, else the first that has an address' -r
complete -c keg -n "__fish_keg_using_subcommand open" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand open" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand open" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand open" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand open" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand open" -l print -d 'Prints the address, and opens nothing'
complete -c keg -n "__fish_keg_using_subcommand open" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand open" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand open" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand proxy; and not __fish_seen_subcommand_from start stop status help" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand proxy; and not __fish_seen_subcommand_from start stop status help" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand proxy; and not __fish_seen_subcommand_from start stop status help" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand proxy; and not __fish_seen_subcommand_from start stop status help" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand proxy; and not __fish_seen_subcommand_from start stop status help" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand proxy; and not __fish_seen_subcommand_from start stop status help" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand proxy; and not __fish_seen_subcommand_from start stop status help" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand proxy; and not __fish_seen_subcommand_from start stop status help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand proxy; and not __fish_seen_subcommand_from start stop status help" -f -a "start" -d 'Starts the proxy in the background: every started tap is then http://TAP-BRANCH.localhost'
complete -c keg -n "__fish_keg_using_subcommand proxy; and not __fish_seen_subcommand_from start stop status help" -f -a "stop" -d 'Stops the proxy'
complete -c keg -n "__fish_keg_using_subcommand proxy; and not __fish_seen_subcommand_from start stop status help" -f -a "status" -d 'Shows whether the proxy runs, and which names lead where'
complete -c keg -n "__fish_keg_using_subcommand proxy; and not __fish_seen_subcommand_from start stop status help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c keg -n "__fish_keg_using_subcommand proxy; and __fish_seen_subcommand_from start" -l listen -d 'The address to listen on; 0.0.0.0 lets other machines in' -r
complete -c keg -n "__fish_keg_using_subcommand proxy; and __fish_seen_subcommand_from start" -l port -d 'The port to listen on [default: keg.yml\'s, else 80 or 8080]' -r
complete -c keg -n "__fish_keg_using_subcommand proxy; and __fish_seen_subcommand_from start" -l kind -d 'Which proxy [default: keg.yml\'s, else auto]' -r -f -a "auto\t'Traefik where its image is or can be pulled, else keg\'s own'
traefik\t'Traefik in a container'
builtin\t'keg\'s own'"
complete -c keg -n "__fish_keg_using_subcommand proxy; and __fish_seen_subcommand_from start" -l image -d 'The image of Traefik [default: keg.yml\'s, else traefik:v3]' -r
complete -c keg -n "__fish_keg_using_subcommand proxy; and __fish_seen_subcommand_from start" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand proxy; and __fish_seen_subcommand_from start" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand proxy; and __fish_seen_subcommand_from start" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand proxy; and __fish_seen_subcommand_from start" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand proxy; and __fish_seen_subcommand_from start" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand proxy; and __fish_seen_subcommand_from start" -l foreground -d 'Runs keg\'s own proxy here until Ctrl-C, instead of in the background'
complete -c keg -n "__fish_keg_using_subcommand proxy; and __fish_seen_subcommand_from start" -l dry-run -d 'Shows what would be started, and does nothing'
complete -c keg -n "__fish_keg_using_subcommand proxy; and __fish_seen_subcommand_from start" -l inherited -d 'Listens on the socket that is its standard input'
complete -c keg -n "__fish_keg_using_subcommand proxy; and __fish_seen_subcommand_from start" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand proxy; and __fish_seen_subcommand_from start" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand proxy; and __fish_seen_subcommand_from start" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand proxy; and __fish_seen_subcommand_from stop" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand proxy; and __fish_seen_subcommand_from stop" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand proxy; and __fish_seen_subcommand_from stop" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand proxy; and __fish_seen_subcommand_from stop" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand proxy; and __fish_seen_subcommand_from stop" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand proxy; and __fish_seen_subcommand_from stop" -l dry-run -d 'Shows what would be stopped, and does nothing'
complete -c keg -n "__fish_keg_using_subcommand proxy; and __fish_seen_subcommand_from stop" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand proxy; and __fish_seen_subcommand_from stop" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand proxy; and __fish_seen_subcommand_from stop" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand proxy; and __fish_seen_subcommand_from status" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand proxy; and __fish_seen_subcommand_from status" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand proxy; and __fish_seen_subcommand_from status" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand proxy; and __fish_seen_subcommand_from status" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand proxy; and __fish_seen_subcommand_from status" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand proxy; and __fish_seen_subcommand_from status" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand proxy; and __fish_seen_subcommand_from status" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand proxy; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand proxy; and __fish_seen_subcommand_from help" -f -a "start" -d 'Starts the proxy in the background: every started tap is then http://TAP-BRANCH.localhost'
complete -c keg -n "__fish_keg_using_subcommand proxy; and __fish_seen_subcommand_from help" -f -a "stop" -d 'Stops the proxy'
complete -c keg -n "__fish_keg_using_subcommand proxy; and __fish_seen_subcommand_from help" -f -a "status" -d 'Shows whether the proxy runs, and which names lead where'
complete -c keg -n "__fish_keg_using_subcommand proxy; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c keg -n "__fish_keg_using_subcommand watch" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand watch" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand watch" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand watch" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand watch" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand watch" -l force-sync -d 'Copies also where that overwrites another branch\'s work in the container'
complete -c keg -n "__fish_keg_using_subcommand watch" -l dry-run -d 'Shows the rules and whether files would be copied, and does nothing'
complete -c keg -n "__fish_keg_using_subcommand watch" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand watch" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand watch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand login" -s u -l username -d 'The user name; asked for on a terminal' -r
complete -c keg -n "__fish_keg_using_subcommand login" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand login" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand login" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand login" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand login" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand login" -l password-stdin -d 'Reads the password or access token from standard input; else asked for on a terminal'
complete -c keg -n "__fish_keg_using_subcommand login" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand login" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand login" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand logout" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand logout" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand logout" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand logout" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand logout" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand logout" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand logout" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand logout" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand registry; and not __fish_seen_subcommand_from start stop status help" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand registry; and not __fish_seen_subcommand_from start stop status help" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand registry; and not __fish_seen_subcommand_from start stop status help" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand registry; and not __fish_seen_subcommand_from start stop status help" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand registry; and not __fish_seen_subcommand_from start stop status help" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand registry; and not __fish_seen_subcommand_from start stop status help" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand registry; and not __fish_seen_subcommand_from start stop status help" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand registry; and not __fish_seen_subcommand_from start stop status help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand registry; and not __fish_seen_subcommand_from start stop status help" -f -a "start" -d 'Starts a registry on this machine, in a container or as a program'
complete -c keg -n "__fish_keg_using_subcommand registry; and not __fish_seen_subcommand_from start stop status help" -f -a "stop" -d 'Stops the registry that `keg registry start` started; its images stay for the next time'
complete -c keg -n "__fish_keg_using_subcommand registry; and not __fish_seen_subcommand_from start stop status help" -f -a "status" -d 'Shows whether the registry runs, where, and how many repositories it has'
complete -c keg -n "__fish_keg_using_subcommand registry; and not __fish_seen_subcommand_from start stop status help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c keg -n "__fish_keg_using_subcommand registry; and __fish_seen_subcommand_from start" -l port -d 'The port on 127.0.0.1' -r
complete -c keg -n "__fish_keg_using_subcommand registry; and __fish_seen_subcommand_from start" -l image -d 'The image to run [default: registry:2]' -r
complete -c keg -n "__fish_keg_using_subcommand registry; and __fish_seen_subcommand_from start" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand registry; and __fish_seen_subcommand_from start" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand registry; and __fish_seen_subcommand_from start" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand registry; and __fish_seen_subcommand_from start" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand registry; and __fish_seen_subcommand_from start" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand registry; and __fish_seen_subcommand_from start" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand registry; and __fish_seen_subcommand_from start" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand registry; and __fish_seen_subcommand_from start" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand registry; and __fish_seen_subcommand_from stop" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand registry; and __fish_seen_subcommand_from stop" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand registry; and __fish_seen_subcommand_from stop" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand registry; and __fish_seen_subcommand_from stop" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand registry; and __fish_seen_subcommand_from stop" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand registry; and __fish_seen_subcommand_from stop" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand registry; and __fish_seen_subcommand_from stop" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand registry; and __fish_seen_subcommand_from stop" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand registry; and __fish_seen_subcommand_from status" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand registry; and __fish_seen_subcommand_from status" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand registry; and __fish_seen_subcommand_from status" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand registry; and __fish_seen_subcommand_from status" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand registry; and __fish_seen_subcommand_from status" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand registry; and __fish_seen_subcommand_from status" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand registry; and __fish_seen_subcommand_from status" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand registry; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand registry; and __fish_seen_subcommand_from help" -f -a "start" -d 'Starts a registry on this machine, in a container or as a program'
complete -c keg -n "__fish_keg_using_subcommand registry; and __fish_seen_subcommand_from help" -f -a "stop" -d 'Stops the registry that `keg registry start` started; its images stay for the next time'
complete -c keg -n "__fish_keg_using_subcommand registry; and __fish_seen_subcommand_from help" -f -a "status" -d 'Shows whether the registry runs, where, and how many repositories it has'
complete -c keg -n "__fish_keg_using_subcommand registry; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c keg -n "__fish_keg_using_subcommand completions" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand completions" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand completions" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand completions" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand completions" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand completions" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand completions" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand man" -l folder -d 'Writes a page for each command into this folder [default: keg\'s own page to stdout]' -r -F
complete -c keg -n "__fish_keg_using_subcommand man" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand man" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand man" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand man" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand man" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand man" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand man" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keg -n "__fish_keg_using_subcommand docker" -l workspace -d 'The workspace folder [default: KEG_WORKSPACE, else found by walking up from the current folder]' -r -F
complete -c keg -n "__fish_keg_using_subcommand docker" -l branch -d 'Acts as if this git branch were checked out' -r
complete -c keg -n "__fish_keg_using_subcommand docker" -l environment -d 'Reads .env.NAME files too [default: KEG_ENV]' -r
complete -c keg -n "__fish_keg_using_subcommand docker" -l context -d 'The Docker context whose engine is used [default: DOCKER_HOST, DOCKER_CONTEXT, `context` of the user config, the current context of Docker\'s]' -r
complete -c keg -n "__fish_keg_using_subcommand docker" -l format -d 'How results are printed' -r -f -a "text\t'Tables and sentences'
json\t'One JSON document on stdout; progress as one JSON event a line on stderr'
dot\t'The language of Graphviz; only `keg graph`'
mermaid\t'A Mermaid flowchart; only `keg graph`'
svg\t'A picture that browsers show; only `keg graph`'
dotenv\t'Lines for an env file; only `keg env`'
shell\t'Lines for a shell to evaluate; only `keg env`'
github\t'Outputs of a step in a workflow of GitHub\'s; only `keg ci plan`'"
complete -c keg -n "__fish_keg_using_subcommand docker" -s q -l quiet -d 'Says nothing but results and errors'
complete -c keg -n "__fish_keg_using_subcommand docker" -s v -l verbose -d 'Shows what builds and containers print, and more'
complete -c keg -n "__fish_keg_using_subcommand help; and not __fish_seen_subcommand_from init status graph why config resolve doctor schema build bake push pull tag test manifest update promote prune docs ci tap start stop restart logs exec attach package deploy run env ps open proxy watch login logout registry completions man docker help" -f -a "init" -d 'Makes a workspace, or a keg.yml for the Dockerfiles that are there'
complete -c keg -n "__fish_keg_using_subcommand help; and not __fish_seen_subcommand_from init status graph why config resolve doctor schema build bake push pull tag test manifest update promote prune docs ci tap start stop restart logs exec attach package deploy run env ps open proxy watch login logout registry completions man docker help" -f -a "status" -d 'Shows each image: fresh or stale, on the engine or in the registry'
complete -c keg -n "__fish_keg_using_subcommand help; and not __fish_seen_subcommand_from init status graph why config resolve doctor schema build bake push pull tag test manifest update promote prune docs ci tap start stop restart logs exec attach package deploy run env ps open proxy watch login logout registry completions man docker help" -f -a "graph" -d 'Shows which image is built on which'
complete -c keg -n "__fish_keg_using_subcommand help; and not __fish_seen_subcommand_from init status graph why config resolve doctor schema build bake push pull tag test manifest update promote prune docs ci tap start stop restart logs exec attach package deploy run env ps open proxy watch login logout registry completions man docker help" -f -a "why" -d 'Shows what has changed since an image was built'
complete -c keg -n "__fish_keg_using_subcommand help; and not __fish_seen_subcommand_from init status graph why config resolve doctor schema build bake push pull tag test manifest update promote prune docs ci tap start stop restart logs exec attach package deploy run env ps open proxy watch login logout registry completions man docker help" -f -a "config" -d 'Shows the effective settings and where each comes from'
complete -c keg -n "__fish_keg_using_subcommand help; and not __fish_seen_subcommand_from init status graph why config resolve doctor schema build bake push pull tag test manifest update promote prune docs ci tap start stop restart logs exec attach package deploy run env ps open proxy watch login logout registry completions man docker help" -f -a "resolve" -d 'Shows the full form of references, and what would be built and started'
complete -c keg -n "__fish_keg_using_subcommand help; and not __fish_seen_subcommand_from init status graph why config resolve doctor schema build bake push pull tag test manifest update promote prune docs ci tap start stop restart logs exec attach package deploy run env ps open proxy watch login logout registry completions man docker help" -f -a "doctor" -d 'Checks engine, Compose, registry, credentials, git and disk'
complete -c keg -n "__fish_keg_using_subcommand help; and not __fish_seen_subcommand_from init status graph why config resolve doctor schema build bake push pull tag test manifest update promote prune docs ci tap start stop restart logs exec attach package deploy run env ps open proxy watch login logout registry completions man docker help" -f -a "schema" -d 'Prints the JSON Schema of keg.yml, image.yml, tap.yml, or of what plugins get'
complete -c keg -n "__fish_keg_using_subcommand help; and not __fish_seen_subcommand_from init status graph why config resolve doctor schema build bake push pull tag test manifest update promote prune docs ci tap start stop restart logs exec attach package deploy run env ps open proxy watch login logout registry completions man docker help" -f -a "build" -d 'Builds what has changed, and tags it with the branch'
complete -c keg -n "__fish_keg_using_subcommand help; and not __fish_seen_subcommand_from init status graph why config resolve doctor schema build bake push pull tag test manifest update promote prune docs ci tap start stop restart logs exec attach package deploy run env ps open proxy watch login logout registry completions man docker help" -f -a "bake" -d 'Prints what is to be built, as `docker buildx bake` takes it'
complete -c keg -n "__fish_keg_using_subcommand help; and not __fish_seen_subcommand_from init status graph why config resolve doctor schema build bake push pull tag test manifest update promote prune docs ci tap start stop restart logs exec attach package deploy run env ps open proxy watch login logout registry completions man docker help" -f -a "push" -d 'Publishes built images: uploads all, then moves the tags'
complete -c keg -n "__fish_keg_using_subcommand help; and not __fish_seen_subcommand_from init status graph why config resolve doctor schema build bake push pull tag test manifest update promote prune docs ci tap start stop restart logs exec attach package deploy run env ps open proxy watch login logout registry completions man docker help" -f -a "pull" -d 'Pulls images by their branch tag, else by the default tag'
complete -c keg -n "__fish_keg_using_subcommand help; and not __fish_seen_subcommand_from init status graph why config resolve doctor schema build bake push pull tag test manifest update promote prune docs ci tap start stop restart logs exec attach package deploy run env ps open proxy watch login logout registry completions man docker help" -f -a "tag" -d 'Gives built images further tags'
complete -c keg -n "__fish_keg_using_subcommand help; and not __fish_seen_subcommand_from init status graph why config resolve doctor schema build bake push pull tag test manifest update promote prune docs ci tap start stop restart logs exec attach package deploy run env ps open proxy watch login logout registry completions man docker help" -f -a "test" -d 'Runs the tests of built images'
complete -c keg -n "__fish_keg_using_subcommand help; and not __fish_seen_subcommand_from init status graph why config resolve doctor schema build bake push pull tag test manifest update promote prune docs ci tap start stop restart logs exec attach package deploy run env ps open proxy watch login logout registry completions man docker help" -f -a "manifest" -d 'Describes built images: digest, parents, layers, sizes, and what their `info` commands print'
complete -c keg -n "__fish_keg_using_subcommand help; and not __fish_seen_subcommand_from init status graph why config resolve doctor schema build bake push pull tag test manifest update promote prune docs ci tap start stop restart logs exec attach package deploy run env ps open proxy watch login logout registry completions man docker help" -f -a "update" -d 'Locks images from outside to what their registries have now'
complete -c keg -n "__fish_keg_using_subcommand help; and not __fish_seen_subcommand_from init status graph why config resolve doctor schema build bake push pull tag test manifest update promote prune docs ci tap start stop restart logs exec attach package deploy run env ps open proxy watch login logout registry completions man docker help" -f -a "promote" -d 'Gives published images a second tag, all of them or none'
complete -c keg -n "__fish_keg_using_subcommand help; and not __fish_seen_subcommand_from init status graph why config resolve doctor schema build bake push pull tag test manifest update promote prune docs ci tap start stop restart logs exec attach package deploy run env ps open proxy watch login logout registry completions man docker help" -f -a "prune" -d 'Removes images that nothing needs, from the engine and the registry'
complete -c keg -n "__fish_keg_using_subcommand help; and not __fish_seen_subcommand_from init status graph why config resolve doctor schema build bake push pull tag test manifest update promote prune docs ci tap start stop restart logs exec attach package deploy run env ps open proxy watch login logout registry completions man docker help" -f -a "docs" -d 'Makes pages about images, graph and builds'
complete -c keg -n "__fish_keg_using_subcommand help; and not __fish_seen_subcommand_from init status graph why config resolve doctor schema build bake push pull tag test manifest update promote prune docs ci tap start stop restart logs exec attach package deploy run env ps open proxy watch login logout registry completions man docker help" -f -a "ci" -d 'Does in CI what an event asks for'
complete -c keg -n "__fish_keg_using_subcommand help; and not __fish_seen_subcommand_from init status graph why config resolve doctor schema build bake push pull tag test manifest update promote prune docs ci tap start stop restart logs exec attach package deploy run env ps open proxy watch login logout registry completions man docker help" -f -a "tap" -d 'Makes, lists and links taps'
complete -c keg -n "__fish_keg_using_subcommand help; and not __fish_seen_subcommand_from init status graph why config resolve doctor schema build bake push pull tag test manifest update promote prune docs ci tap start stop restart logs exec attach package deploy run env ps open proxy watch login logout registry completions man docker help" -f -a "start" -d 'Starts taps, after pulling the newest image'
complete -c keg -n "__fish_keg_using_subcommand help; and not __fish_seen_subcommand_from init status graph why config resolve doctor schema build bake push pull tag test manifest update promote prune docs ci tap start stop restart logs exec attach package deploy run env ps open proxy watch login logout registry completions man docker help" -f -a "stop" -d 'Stops running taps'
complete -c keg -n "__fish_keg_using_subcommand help; and not __fish_seen_subcommand_from init status graph why config resolve doctor schema build bake push pull tag test manifest update promote prune docs ci tap start stop restart logs exec attach package deploy run env ps open proxy watch login logout registry completions man docker help" -f -a "restart" -d 'Stops and starts a tap'
complete -c keg -n "__fish_keg_using_subcommand help; and not __fish_seen_subcommand_from init status graph why config resolve doctor schema build bake push pull tag test manifest update promote prune docs ci tap start stop restart logs exec attach package deploy run env ps open proxy watch login logout registry completions man docker help" -f -a "logs" -d 'Shows what a tap\'s containers print'
complete -c keg -n "__fish_keg_using_subcommand help; and not __fish_seen_subcommand_from init status graph why config resolve doctor schema build bake push pull tag test manifest update promote prune docs ci tap start stop restart logs exec attach package deploy run env ps open proxy watch login logout registry completions man docker help" -f -a "exec" -d 'Runs a command in a running tap, or in an image'
complete -c keg -n "__fish_keg_using_subcommand help; and not __fish_seen_subcommand_from init status graph why config resolve doctor schema build bake push pull tag test manifest update promote prune docs ci tap start stop restart logs exec attach package deploy run env ps open proxy watch login logout registry completions man docker help" -f -a "attach" -d 'Joins the terminal of a tap\'s main process'
complete -c keg -n "__fish_keg_using_subcommand help; and not __fish_seen_subcommand_from init status graph why config resolve doctor schema build bake push pull tag test manifest update promote prune docs ci tap start stop restart logs exec attach package deploy run env ps open proxy watch login logout registry completions man docker help" -f -a "package" -d 'Makes an image of a running tap, with all that was changed in it'
complete -c keg -n "__fish_keg_using_subcommand help; and not __fish_seen_subcommand_from init status graph why config resolve doctor schema build bake push pull tag test manifest update promote prune docs ci tap start stop restart logs exec attach package deploy run env ps open proxy watch login logout registry completions man docker help" -f -a "deploy" -d 'Deploys taps to a Swarm, with a rolling update that goes back when it fails'
complete -c keg -n "__fish_keg_using_subcommand help; and not __fish_seen_subcommand_from init status graph why config resolve doctor schema build bake push pull tag test manifest update promote prune docs ci tap start stop restart logs exec attach package deploy run env ps open proxy watch login logout registry completions man docker help" -f -a "run" -d 'Runs a task of a tap or of the workspace'
complete -c keg -n "__fish_keg_using_subcommand help; and not __fish_seen_subcommand_from init status graph why config resolve doctor schema build bake push pull tag test manifest update promote prune docs ci tap start stop restart logs exec attach package deploy run env ps open proxy watch login logout registry completions man docker help" -f -a "env" -d 'Shows a tap\'s variables, where each comes from and what it hides'
complete -c keg -n "__fish_keg_using_subcommand help; and not __fish_seen_subcommand_from init status graph why config resolve doctor schema build bake push pull tag test manifest update promote prune docs ci tap start stop restart logs exec attach package deploy run env ps open proxy watch login logout registry completions man docker help" -f -a "ps" -d 'Lists running taps'
complete -c keg -n "__fish_keg_using_subcommand help; and not __fish_seen_subcommand_from init status graph why config resolve doctor schema build bake push pull tag test manifest update promote prune docs ci tap start stop restart logs exec attach package deploy run env ps open proxy watch login logout registry completions man docker help" -f -a "open" -d 'Opens a running tap in the browser'
complete -c keg -n "__fish_keg_using_subcommand help; and not __fish_seen_subcommand_from init status graph why config resolve doctor schema build bake push pull tag test manifest update promote prune docs ci tap start stop restart logs exec attach package deploy run env ps open proxy watch login logout registry completions man docker help" -f -a "proxy" -d 'Gives running taps names instead of ports'
complete -c keg -n "__fish_keg_using_subcommand help; and not __fish_seen_subcommand_from init status graph why config resolve doctor schema build bake push pull tag test manifest update promote prune docs ci tap start stop restart logs exec attach package deploy run env ps open proxy watch login logout registry completions man docker help" -f -a "watch" -d 'Copies files into running taps as they change'
complete -c keg -n "__fish_keg_using_subcommand help; and not __fish_seen_subcommand_from init status graph why config resolve doctor schema build bake push pull tag test manifest update promote prune docs ci tap start stop restart logs exec attach package deploy run env ps open proxy watch login logout registry completions man docker help" -f -a "login" -d 'Stores the credentials of a registry'
complete -c keg -n "__fish_keg_using_subcommand help; and not __fish_seen_subcommand_from init status graph why config resolve doctor schema build bake push pull tag test manifest update promote prune docs ci tap start stop restart logs exec attach package deploy run env ps open proxy watch login logout registry completions man docker help" -f -a "logout" -d 'Forgets the credentials of a registry'
complete -c keg -n "__fish_keg_using_subcommand help; and not __fish_seen_subcommand_from init status graph why config resolve doctor schema build bake push pull tag test manifest update promote prune docs ci tap start stop restart logs exec attach package deploy run env ps open proxy watch login logout registry completions man docker help" -f -a "registry" -d 'Runs a registry on this machine'
complete -c keg -n "__fish_keg_using_subcommand help; and not __fish_seen_subcommand_from init status graph why config resolve doctor schema build bake push pull tag test manifest update promote prune docs ci tap start stop restart logs exec attach package deploy run env ps open proxy watch login logout registry completions man docker help" -f -a "completions" -d 'Prints the completion script of a shell'
complete -c keg -n "__fish_keg_using_subcommand help; and not __fish_seen_subcommand_from init status graph why config resolve doctor schema build bake push pull tag test manifest update promote prune docs ci tap start stop restart logs exec attach package deploy run env ps open proxy watch login logout registry completions man docker help" -f -a "man" -d 'Prints or writes the manual pages'
complete -c keg -n "__fish_keg_using_subcommand help; and not __fish_seen_subcommand_from init status graph why config resolve doctor schema build bake push pull tag test manifest update promote prune docs ci tap start stop restart logs exec attach package deploy run env ps open proxy watch login logout registry completions man docker help" -f -a "docker" -d '`keg docker build` and the like: the old names'
complete -c keg -n "__fish_keg_using_subcommand help; and not __fish_seen_subcommand_from init status graph why config resolve doctor schema build bake push pull tag test manifest update promote prune docs ci tap start stop restart logs exec attach package deploy run env ps open proxy watch login logout registry completions man docker help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c keg -n "__fish_keg_using_subcommand help; and __fish_seen_subcommand_from ci" -f -a "plan" -d 'Shows what a run of CI does with each image, and why'
complete -c keg -n "__fish_keg_using_subcommand help; and __fish_seen_subcommand_from ci" -f -a "run" -d 'Builds, tests and publishes what the event asks for'
complete -c keg -n "__fish_keg_using_subcommand help; and __fish_seen_subcommand_from ci" -f -a "init" -d 'Writes the workflows of GitHub for this workspace, or writes them anew'
complete -c keg -n "__fish_keg_using_subcommand help; and __fish_seen_subcommand_from ci" -f -a "activate" -d 'Lets changes start the workflows of images'
complete -c keg -n "__fish_keg_using_subcommand help; and __fish_seen_subcommand_from ci" -f -a "deactivate" -d 'Leaves the workflows of images to be started by hand'
complete -c keg -n "__fish_keg_using_subcommand help; and __fish_seen_subcommand_from ci" -f -a "check" -d 'Checks that workflows are up to date, that no environment file is forgotten, and the two-step rule'
complete -c keg -n "__fish_keg_using_subcommand help; and __fish_seen_subcommand_from tap" -f -a "new" -d 'Makes a tap from a template, builds it, tags it with the default tag and publishes it'
complete -c keg -n "__fish_keg_using_subcommand help; and __fish_seen_subcommand_from tap" -f -a "list" -d 'Lists the taps of the workspace and all linked ones'
complete -c keg -n "__fish_keg_using_subcommand help; and __fish_seen_subcommand_from tap" -f -a "link" -d 'Links a tap in another repository, so that its name works in any folder'
complete -c keg -n "__fish_keg_using_subcommand help; and __fish_seen_subcommand_from tap" -f -a "unlink" -d 'Forgets a linked tap'
complete -c keg -n "__fish_keg_using_subcommand help; and __fish_seen_subcommand_from tap" -f -a "convert" -d 'Writes the tap.yml of a tap of the Keg CLI'
complete -c keg -n "__fish_keg_using_subcommand help; and __fish_seen_subcommand_from package" -f -a "run" -d 'Runs an image by itself, packaged or built, after pulling the newest'
complete -c keg -n "__fish_keg_using_subcommand help; and __fish_seen_subcommand_from deploy" -f -a "status" -d 'Shows what is deployed, which image it runs, and on which nodes'
complete -c keg -n "__fish_keg_using_subcommand help; and __fish_seen_subcommand_from deploy" -f -a "logs" -d 'Shows what the containers of a deployed tap print'
complete -c keg -n "__fish_keg_using_subcommand help; and __fish_seen_subcommand_from deploy" -f -a "remove" -d 'Removes deployed taps from the Swarm'
complete -c keg -n "__fish_keg_using_subcommand help; and __fish_seen_subcommand_from proxy" -f -a "start" -d 'Starts the proxy in the background: every started tap is then http://TAP-BRANCH.localhost'
complete -c keg -n "__fish_keg_using_subcommand help; and __fish_seen_subcommand_from proxy" -f -a "stop" -d 'Stops the proxy'
complete -c keg -n "__fish_keg_using_subcommand help; and __fish_seen_subcommand_from proxy" -f -a "status" -d 'Shows whether the proxy runs, and which names lead where'
complete -c keg -n "__fish_keg_using_subcommand help; and __fish_seen_subcommand_from registry" -f -a "start" -d 'Starts a registry on this machine, in a container or as a program'
complete -c keg -n "__fish_keg_using_subcommand help; and __fish_seen_subcommand_from registry" -f -a "stop" -d 'Stops the registry that `keg registry start` started; its images stay for the next time'
complete -c keg -n "__fish_keg_using_subcommand help; and __fish_seen_subcommand_from registry" -f -a "status" -d 'Shows whether the registry runs, where, and how many repositories it has'
