from deploy.commands import main

if __name__ == "__main__":
    main(prog_name="lazaret-deploy")
