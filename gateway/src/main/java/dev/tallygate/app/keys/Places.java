package dev.tallygate.app.keys;

import dev.tallygate.app.cli.Call;
import dev.tallygate.app.cli.Command;
import dev.tallygate.app.cli.CommandException;
import dev.tallygate.app.cli.ServerFlag;
import dev.tallygate.config.Setting;

/** The flags that say where the keys are. */
final class Places {
  private static final Setting<?> DATA_FILE = Call.setting("DATA_FILE");

  private Places() {}

  /** Adds both: the file is where keys are unless a server is given. */
  static Command addTo(Command command) {
    return ServerFlag.addTo(addFileTo(command));
  }

  static Command addFileTo(Command command) {
    return command.option(
        DATA_FILE.flag(), "file", null, DATA_FILE.description() + ", as for serve.");
  }

  static Keys open(Call call) throws CommandException {
    if (!ServerFlag.isGiven(call)) {
      return openFile(call);
    }
    if (call.has(DATA_FILE.flag())) {
      throw call.mistake("--server and " + DATA_FILE.flag() + ": expected one of them");
    }
    return new RemoteKeys(ServerFlag.open(call), call.around().ticker());
  }

  static FileKeys openFile(Call call) throws CommandException {
    return new FileKeys(call.config(DATA_FILE).keys().dataFile(), call.around().ticker());
  }
}
