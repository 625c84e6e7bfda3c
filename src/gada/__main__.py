from gada.command import main

main()
