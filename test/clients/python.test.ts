/** The Python client, with the packages that are small: pandas, tqdm, rich, Optuna, MLflow. */
import { describeClient } from './installed-client.js'

await describeClient('python-client', 'requirements.txt', [
  'test_loop.py',
  'test_optimize.py',
  'test_faults.py',
  'test_experiments.py',
  'test_example.py',
  'test_optuna.py',
  'test_mlflow.py',
  'test_typing.py',
])
