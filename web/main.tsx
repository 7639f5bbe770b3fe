import { render } from 'preact'
import { Page } from './app/page.js'
import { installColours } from './figure/colours.js'
import './style.css'

installColours()
render(<Page />, document.getElementById('page')!)
